package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.Tools;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.MemoryMedium;

@Tag("boot")
class NtfsVolumeIT {

    private static final List<String> SYSTEM = List.of("windows", "SYSTEM32", "Config", "system");

    @TempDir
    private Path directory;

    private final Random random = new Random(1);

    @ParameterizedTest
    @CsvSource({
        "512, 512",
        "512, 1024",
        "512, 4096",
        "512, 16384",
        "512, 65536",
        "1024, 4096",
        "2048, 2048",
        "4096, 4096",
        "4096, 65536"
    })
    void files_are_read_as_ntfscat_reads_them(int sectorSize, int clusterSize) throws Exception {
        byte[] large = contents(300_001);
        byte[] small = contents(77);
        WindowsImage image = WindowsImage.in(directory)
                .sizes(sectorSize, clusterSize)
                .file(WindowsImage.SYSTEM, large)
                .file("Windows/System32/config/small", small)
                .file("Windows/empty", new byte[0]);
        manyNames(image);
        Path file = image.volume();

        NtfsVolume volume = open(file);

        assertThat(volume.sectorSize()).isEqualTo(sectorSize);
        assertThat(volume.clusterSize()).isEqualTo(clusterSize);
        assertThat(volume.isDirty()).isFalse();
        assertThat(read(volume, SYSTEM)).isEqualTo(large).isEqualTo(Tools.run("ntfscat", file, WindowsImage.SYSTEM));
        assertThat(read(volume, List.of("Windows", "System32", "config", "small")))
                .isEqualTo(small);
        assertThat(volume.find(List.of("Windows", "System32", "config", "small"))
                        .orElseThrow()
                        .isResident())
                .isTrue();
        assertThat(read(volume, List.of("Windows", "empty"))).isEmpty();
        for (int i = 0; i < 400; i++) {
            List<String> path = List.of("windows", "system32", "DRIVER-%03d-\u00e4\u00df.sys".formatted(i));
            assertThat(read(volume, path)).as("%s", path).asString().isEqualTo("driver " + i);
        }
        assertThat(volume.find(List.of("Windows", "System32", "driver-4000.sys")))
                .isEmpty();
        assertThat(volume.find(List.of("Windows", "System32"))).isEmpty();
        assertThat(volume.find(List.of("Windows", "empty", "below"))).isEmpty();
    }

    @Test
    void a_file_in_hundreds_of_pieces_is_put_together_from_several_file_records() {
        byte[] contents = contents(450 * 1024);
        Path file = WindowsImage.in(directory)
                .sizes(512, 512)
                .inPieces(300)
                .file(WindowsImage.SYSTEM, contents)
                .volume();

        NtfsFile system = open(file).find(SYSTEM).orElseThrow();

        assertThat(system.pieces()).isGreaterThan(200);
        assertThat(read(open(file), SYSTEM)).isEqualTo(contents);
    }

    @Test
    void a_write_into_a_file_in_pieces_lands_where_ntfscat_finds_it() throws Exception {
        byte[] contents = contents(100 * 1024);
        Path file = WindowsImage.in(directory)
                .sizes(512, 512)
                .inPieces(40)
                .file(WindowsImage.SYSTEM, contents)
                .volume();
        byte[] bytes = Files.readAllBytes(file);
        NtfsFile system = NtfsVolume.open(new MemoryMedium(bytes)).find(SYSTEM).orElseThrow();
        byte[] change = contents(20_000);

        system.write(30_001, ByteBuffer.wrap(change));

        Files.write(file, bytes);
        System.arraycopy(change, 0, contents, 30_001, change.length);
        assertThat(system.pieces()).isGreaterThan(10);
        assertThat(Tools.run("ntfscat", file, WindowsImage.SYSTEM)).isEqualTo(contents);
    }

    @Test
    void a_master_file_table_in_pieces_describes_itself() throws Exception {
        WindowsImage image = WindowsImage.in(directory).sizes(512, 512).mebibytes(12);
        for (int i = 0; i < 4000; i++) {
            image.file("B/name-%04d".formatted(i), contents(700));
        }
        Path file = image.volume();

        byte[] table = Tools.run("ntfscat", file, "-i", "0");
        NtfsVolume volume = open(file);

        assertThat(volume.piecesOfTheTable()).isGreaterThan(1);
        assertThat(table.length).isGreaterThan(4000 << 10);
        for (int i = 0; i < 4000; i += 200) {
            String name = "name-%04d".formatted(i);
            assertThat(read(volume, List.of("b", name))).isEqualTo(Tools.run("ntfscat", file, "B/" + name));
        }
    }

    @Test
    void a_volume_that_is_cut_off_is_refused() throws Exception {
        byte[] bytes = Files.readAllBytes(
                WindowsImage.in(directory).file("a", new byte[1]).volume());

        assertThatThrownBy(() -> NtfsVolume.open(new MemoryMedium(Arrays.copyOf(bytes, bytes.length / 2))))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageStartingWith("The NTFS boot sector is damaged: the volume should have 49151 sectors");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0, 64"})
    void a_directory_whose_new_files_are_to_be_compressed_or_encrypted_is_read(int low, int high) throws Exception {
        byte[] contents = contents(50_000);
        WindowsImage image = WindowsImage.in(directory).file(WindowsImage.SYSTEM, contents);
        manyNames(image);
        byte[] bytes = Files.readAllBytes(image.volume());
        for (int at = 0; at < bytes.length; at += 1024) {
            if (new String(bytes, at, 4, StandardCharsets.US_ASCII).equals("FILE")) {
                flagIndexRoot(bytes, at, low, high);
            }
        }

        NtfsVolume volume = NtfsVolume.open(new MemoryMedium(bytes));

        assertThat(read(volume, SYSTEM)).isEqualTo(contents);
        assertThat(read(volume, List.of("windows", "system32", "DRIVER-123-\u00e4\u00df.sys")))
                .asString()
                .isEqualTo("driver 123");
    }

    private static void flagIndexRoot(byte[] bytes, int record, int low, int high) {
        int at = record + bytes[record + 0x14];
        while (bytes[at + 3] == 0) { // The end of the list is -1.
            if ((bytes[at] & 0xff) == 0x90) {
                bytes[at + 0x0c] |= (byte) low;
                bytes[at + 0x0d] |= (byte) high;
            }
            at += bytes[at + 4] & 0xff | (bytes[at + 5] & 0xff) << 8;
        }
    }

    private void manyNames(WindowsImage image) {
        for (int i = 0; i < 400; i++) {
            image.file(
                    "Windows/System32/Driver-%03d-\u00e4\u00df.sys".formatted(i),
                    ("driver " + i).getBytes(StandardCharsets.UTF_8));
        }
    }

    private byte[] contents(int length) {
        byte[] contents = new byte[length];
        random.nextBytes(contents);
        return contents;
    }

    private static NtfsVolume open(Path file) {
        try {
            Medium medium = new MemoryMedium(Files.readAllBytes(file));
            assertThat(NtfsVolume.kind(medium)).isEqualTo(NtfsVolume.Kind.NTFS);
            return NtfsVolume.open(medium);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(NtfsVolume volume, List<String> path) {
        NtfsFile file = volume.find(path).orElseThrow();
        return file.read("the file", 0, (int) file.size()).bytes(0, (int) file.size());
    }
}
