package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;
import org.sanboot.windows.FileDisk;
import org.sanboot.windows.PreparationSwitch;
import org.sanboot.windows.Tools;
import org.sanboot.windows.WindowsDisk;
import org.sanboot.windows.WindowsImage;
import org.sanboot.windows.WindowsPreparation;
import org.sanboot.windows.structure.MemoryMedium;

/** What a mount by ntfs-3g shows, where the host lets ntfs-3g mount. */
@Tag("boot")
class MountedVolumeIT {

    @TempDir
    private Path directory;

    @Test
    void a_master_file_table_in_hundreds_of_pieces_finds_itself() throws Exception {
        Path file = WindowsImage.in(directory)
                .sizes(512, 512)
                .mebibytes(16)
                .file("B/first", new byte[1])
                .volume();
        Map<String, byte[]> expected = new HashMap<>();
        try (Mount mount = new Mount(file)) {
            Random random = new Random(1);
            fill(mount, expected, "data", 1000, random);
            for (int i = 0; i < expected.size() - 1; i += 3) {
                write(mount, expected, "data" + i, 1, random); // Gives its clusters back and keeps its record.
            }
            fill(mount, expected, "small", 10, random);
        }

        NtfsVolume volume = NtfsVolume.open(new MemoryMedium(Files.readAllBytes(file)));

        assertThat(volume.piecesOfTheTable()).isGreaterThan(150);
        assertThat(expected).hasSizeGreaterThan(2000);
        expected.forEach((name, contents) -> {
            NtfsFile found = volume.find(List.of("B", name)).orElseThrow();
            assertThat(found.read(name, 0, (int) found.size()).bytes(0, contents.length))
                    .as(name)
                    .isEqualTo(contents);
        });
    }

    @Test
    void a_prepared_hive_is_read_through_the_mount() throws Exception {
        Tools.require("hivexget");
        Path file = WindowsImage.in(directory).windows7().volume();
        try (FileDisk disk = new FileDisk(file)) {
            WindowsPreparation.plan(WindowsDisk.open(disk), PreparationSwitch.defaults())
                    .apply();
        }
        String key =
                "ControlSet001\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Ndi";

        try (Mount mount = new Mount(file)) {
            Path hive = mount.path.resolve(WindowsImage.SYSTEM);

            assertThat(Tools.run("hivexget", hive, key, "FilterRunType"))
                    .asString(StandardCharsets.US_ASCII)
                    .contains("2");
        }
    }

    @Test
    void a_directory_to_be_compressed_is_read_and_a_hive_that_was_compressed_in_it_is_refused() throws Exception {
        Tools.require("python3");
        Path file = WindowsImage.in(directory).windows7().volume();
        try (Mount mount = new Mount(file)) {
            compressNewFiles(mount.path.resolve("Windows/System32/config"));
            Files.write(mount.path.resolve("Windows/System32/config/SOFTWARE"), new byte[0]);
        }
        try (FileDisk disk = new FileDisk(file, true)) {
            assertThat(WindowsDisk.open(disk).installations()).hasSize(1);
        }

        try (Mount mount = new Mount(file)) {
            Path hive = mount.path.resolve(WindowsImage.SYSTEM);
            byte[] contents = Files.readAllBytes(hive);
            Files.delete(hive);
            Files.write(hive, contents);
        }

        try (FileDisk disk = new FileDisk(file, true)) {
            assertThatThrownBy(() -> WindowsDisk.open(disk))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("\\Windows\\System32\\config\\SYSTEM in partition 0 is compressed")
                    .hasMessageContaining("\"compact /u\"");
        }
        assertThat(new String(
                        Tools.run("ntfsinfo", "-F", "/" + WindowsImage.SYSTEM, file), StandardCharsets.ISO_8859_1))
                .contains("COMPRESSED");
    }

    /** FILE_ATTRIBUTE_COMPRESSED beside FILE_ATTRIBUTE_DIRECTORY; Java sets no attributes of the system. */
    private static void compressNewFiles(Path path) {
        String script = "import os, sys; os.setxattr(sys.argv[1], 'system.ntfs_attrib_be', bytes([0, 0, 8, 16]))";
        Tools.run("python3", "-c", script, path);
    }

    private static void fill(Mount mount, Map<String, byte[]> expected, String prefix, int length, Random random)
            throws IOException {
        for (int i = 0; ; i++) {
            try {
                write(mount, expected, prefix + i, length, random);
            } catch (FileSystemException e) {
                return; // The volume is full.
            } catch (IOException e) {
                Files.deleteIfExists(mount.path.resolve("B").resolve(prefix + i));
                return;
            }
        }
    }

    private static void write(Mount mount, Map<String, byte[]> expected, String name, int length, Random random)
            throws IOException {
        byte[] contents = new byte[length];
        random.nextBytes(contents);
        Files.write(mount.path.resolve("B").resolve(name), contents);
        expected.put(name, contents);
    }

    private final class Mount implements AutoCloseable {

        private final Path path;

        private Mount(Path volume) throws IOException, InterruptedException {
            path = Files.createTempDirectory(directory, "mount");
            TestHome.require(Programs.find("ntfs-3g").isPresent(), "ntfs-3g is missing; apt-get install ntfs-3g");
            TestHome.require(
                    run("ntfs-3g", "-o", "compression", volume.toString(), path.toString()) == 0,
                    "no file system can be mounted by FUSE; /dev/fuse must be open to this user");
        }

        @Override
        public void close() throws IOException, InterruptedException {
            assertThat(run("umount", path.toString())).isZero();
        }

        private int run(String... command) throws IOException, InterruptedException {
            return new ProcessBuilder(Arrays.asList(command))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        }
    }
}
