package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

/** What QEMU's own tools make of our files. */
@Tag("boot")
class OverlayQemuIT {

    private static final int SIZE = (8 << 20) + 512;

    @TempDir
    Path directory;

    @BeforeAll
    static void need_qemu_img() {
        Programs.require("qemu-img", "qemu-utils");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16})
    void qemu_reads_what_was_written_and_finds_no_error(long seed) throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, seed);
        String before = TestDisks.hash(golden);
        Path path = directory.resolve("overlay.qcow2");
        RandomOperations operations = new RandomOperations(seed, Files.readAllBytes(golden));
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = Overlay.create(path, raw, Durability.PROCESS)) {
            for (int i = 0; i < 5; i++) {
                operations.perform(overlay, 60);
                overlay.flush();
                assertSameForQemu(path, operations);
            }
        }
        assertSameForQemu(path, operations);
        assertThat(TestDisks.hash(golden)).isEqualTo(before);
    }

    private void assertSameForQemu(Path path, RandomOperations operations) throws IOException {
        assertClean(path);
        Path raw = Programs.toRaw(path, directory.resolve("read-back.raw"));
        assertThat(Files.readAllBytes(raw)).isEqualTo(operations.oracle());
    }

    private static void assertClean(Path path) {
        assertThat(Programs.run("qemu-img", "check", "-f", "qcow2", path)).contains("No errors were found");
    }

    @Test
    void every_layer_of_a_clone_is_a_clean_disk_of_its_own() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        RandomOperations operations = new RandomOperations(1, Files.readAllBytes(golden));
        Path layer = directory.resolve("layer.qcow2");
        Path aside = directory.resolve("aside.qcow2");
        try (RawDisk raw = RawDisk.open(golden);
                DiskClone clone = DiskClone.create(raw, directory.resolve("work.qcow2"), Durability.HOST)) {
            operations.perform(clone, 50);
            clone.snapshot(layer);
            assertSameForQemu(layer, operations);
            operations.perform(clone, 50);
            clone.rotate(aside);
            assertSameForQemu(aside, operations);
            assertClean(clone.path());
        }
    }

    @Test
    void qemu_io_reads_single_sectors_of_a_huge_disk() {
        Programs.require("qemu-io", "qemu-utils");
        Path path = directory.resolve("huge.qcow2");
        long size = 16L << 40;
        try (Overlay blank = Overlay.createBlank(path, size, Durability.PROCESS)) {
            TestDisks.write(blank, size - 512, TestDisks.filled(512, 0x5a));
            TestDisks.write(blank, 3L << 40, TestDisks.filled(512, 0xa5));
        }
        assertClean(path);
        String said = Programs.run(
                "qemu-io",
                "-r",
                "-f",
                "qcow2",
                "-c",
                "read -P 0x5a %d 512".formatted(size - 512),
                "-c",
                "read -P 0xa5 %d 512".formatted(3L << 40),
                "-c",
                "read -P 0 %d 512".formatted((3L << 40) + 512),
                path);
        assertThat(said).doesNotContain("Pattern verification failed");
    }

    @Test
    void an_overlay_that_qemu_wrote_to_is_read_but_not_written_on() throws IOException {
        Programs.require("qemu-io", "qemu-utils");
        Path golden = TestDisks.sparse(directory.resolve("golden.raw"), 4L << 30);
        Path path = directory.resolve("overlay.qcow2");
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = Overlay.create(path, raw, Durability.PROCESS)) {
            TestDisks.write(overlay, 4096, TestDisks.filled(4096, 1));
        }
        Programs.run("qemu-io", "-f", "qcow2", "-c", "write -P 2 8192 4096", path);
        Programs.run("qemu-io", "-f", "qcow2", "-c", "write -P 3 3G 512", path);
        assertClean(path);
        try (Qcow2Disk disk = Qcow2Disk.open(path)) {
            assertThat(TestDisks.read(disk, 4096, 4096)).containsOnly(1);
            assertThat(TestDisks.read(disk, 8192, 4096)).containsOnly(2);
            assertThat(TestDisks.read(disk, 3L << 30, 512)).containsOnly(3);
        }
        assertThatThrownBy(() -> Overlay.open(path, Durability.PROCESS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("another program");
    }

    @Test
    void a_full_disk_is_reported_and_harms_nothing() throws IOException {
        Programs.require("unshare", "util-linux");
        if (Programs.attempt("unshare", "-rm", "true").status() != 0) {
            abort("user namespaces are not allowed here");
        }
        Path mount = Files.createDirectory(directory.resolve("small"));
        String fill =
                "'" + String.join("' '", Programs.java(FullDisk.class, mount).command()) + "'";
        String script =
                "mount -t tmpfs -o size=8m tmpfs %s && %s && qemu-img check -f qcow2 %s/overlay.qcow2 && qemu-img convert -f qcow2 -O raw %s/overlay.qcow2 %s"
                        .formatted(mount, fill, mount, mount, directory.resolve("read-back.raw"));
        String said = Programs.run("unshare", "-rm", "sh", "-c", script);
        assertThat(said).contains("NO_SPACE\na new region: NO_SPACE").contains("No errors were found");

        int written = Integer.parseInt(said.lines().findFirst().orElseThrow());
        try (RawDisk kept = RawDisk.open(directory.resolve("read-back.raw"))) {
            assertThat(TestDisks.read(kept, 0, written * FullDisk.CHUNK)).containsOnly(7);
        }
    }

    /** Fills an overlay on a small file system until it is full, says how far it came, and why it ended. */
    static final class FullDisk {

        static final int CHUNK = 100_000;

        private FullDisk() {}

        public static void main(String[] arguments) {
            Path path = Path.of(arguments[0], "overlay.qcow2");
            int count = 0;
            try (Overlay overlay = Overlay.createBlank(path, 40L << 30, Durability.PROCESS)) {
                try {
                    while (true) {
                        TestDisks.write(overlay, (long) count * CHUNK, TestDisks.filled(CHUNK, 7));
                        count++;
                    }
                } catch (BlockIoException e) {
                    System.out.println(count);
                    System.out.println(e.reason());
                }
                try {
                    TestDisks.write(overlay, 20L << 30, TestDisks.filled(512, 7));
                } catch (BlockIoException e) {
                    System.out.println("a new region: " + e.reason());
                }
            }
        }
    }
}
