package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.SanbootException;
import org.sanboot.windows.Examination.Outcome;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.structure.MemoryMedium;

/** Volumes made by mkfs.vfat and written by mtools. */
@Tag("boot")
class FatVolumeIT {

    private static final List<String> BOOT_MANAGER = List.of("efi", "MICROSOFT", "Boot", "bootmgfw.EFI");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"12, 1", "16, 16", "32, 40"})
    void files_are_found_by_long_and_short_names(int bits, int mebibytes) throws IOException {
        Path file = volume(bits, mebibytes);
        for (int i = 0; i < 100; i++) { // A directory of many clusters.
            copy(file, 5, "EFI/Microsoft/Boot/A long name, number %03d.txt".formatted(i));
        }
        copy(file, 1234, "EFI/Microsoft/Boot/bootmgfw.efi");
        FatVolume volume = open(file);

        assertThat(volume.size(BOOT_MANAGER)).hasValue(1234L);
        assertThat(volume.size(List.of("EFI", "Microsoft", "Boot", "a LONG name, number 099.txt")))
                .hasValue(5L);
        assertThat(volume.size(List.of("EFI", "MICROS~1", "Boot", "bootmgfw.efi")))
                .hasValue(1234L);
        assertThat(volume.size(List.of("EFI", "Microsoft", "Boot"))).isEmpty();
        assertThat(volume.size(List.of("EFI", "Microsoft", "Boot", "none"))).isEmpty();
        assertThat(volume.size(List.of("EFI", "Microsoft", "Boot", "bootmgfw.efi", "below")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"true, SOUND", "false, UNKNOWN"})
    void uefi_s_boot_files_are_evidence_when_all_are_there(boolean withConfiguration, Outcome expected)
            throws IOException {
        Path esp = volume(32, 40);
        copy(esp, 10, "EFI/Microsoft/Boot/bootmgfw.efi");
        if (withConfiguration) {
            copy(esp, 10, "EFI/Microsoft/Boot/BCD");
        }
        NtfsVolume windows = NtfsVolume.open(new MemoryMedium(
                Files.readAllBytes(WindowsImage.in(directory).windows10().volume())));
        BootFiles files = new BootFiles();
        files.add(1, new MemoryMedium(Files.readAllBytes(esp)));

        Examination examination = files.examine(windows, "\\Windows");

        assertThat(examination.outcome()).isEqualTo(expected);
        if (withConfiguration) {
            assertThat(examination.observed())
                    .isEqualTo("UEFI: EFI\\Microsoft\\Boot\\bootmgfw.efi and BCD in partition 1, winload.efi");
        }
    }

    @Test
    void damage_anywhere_ends_in_an_answer_or_in_one_sentence() throws IOException {
        Path file = volume(12, 1);
        copy(file, 10, "EFI/Microsoft/Boot/bootmgfw.efi");
        byte[] sound = Files.readAllBytes(file);
        Random random = new Random(Long.getLong("sanboot.fuzz.seed", 1));
        int rounds = Integer.getInteger("sanboot.fuzz.rounds", 3000);
        int answers = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] damaged = Arrays.copyOf(sound, 64 << 10);
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[random.nextInt(random.nextBoolean() ? 64 : damaged.length)] = (byte) random.nextInt();
            }
            long start = System.nanoTime();
            try {
                answers += open(damaged).size(BOOT_MANAGER).isPresent() ? 1 : 0;
            } catch (SanbootException e) {
                assertThat(e.getMessage()).as("round %d", round).endsWith(".");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("round " + round, e);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("round %d", round)
                    .isLessThan(Duration.ofSeconds(20));
        }
        assertThat(answers).isBetween(1, rounds - 1);
    }

    private Path volume(int bits, int mebibytes) throws IOException {
        Tools.require("mkfs.vfat", "mmd", "mcopy");
        Path file = directory.resolve("fat" + bits);
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.setLength((long) mebibytes << 20);
        }
        Tools.run("mkfs.vfat", "-F", bits, "-s", 1, file);
        for (String name : List.of("EFI", "EFI/Microsoft", "EFI/Microsoft/Boot")) {
            Tools.run("mmd", "-i", file, "::/" + name);
        }
        return file;
    }

    private void copy(Path volume, int length, String path) throws IOException {
        Path contents = Files.write(directory.resolve("contents"), new byte[length]);
        Tools.run("mcopy", "-i", volume, contents, "::/" + path);
    }

    private static FatVolume open(Path file) throws IOException {
        return open(Files.readAllBytes(file));
    }

    private static FatVolume open(byte[] bytes) {
        return FatVolume.open(new MemoryMedium(bytes));
    }
}
