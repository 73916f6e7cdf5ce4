package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class Qcow2DiskTest {

    private static final int SIZE = 1 << 20;

    @TempDir
    Path directory;

    private Path golden;
    private Path path;

    @BeforeEach
    void make_an_overlay() throws IOException {
        golden = TestDisks.golden(directory, SIZE, 1);
        path = directory.resolve("overlay.qcow2");
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = Overlay.create(path, raw, Durability.PROCESS)) {
            TestDisks.write(overlay, 0, TestDisks.filled(300_000, 1));
        }
    }

    private void patch(long offset, ByteBuffer bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.seek(offset);
            file.write(bytes.array());
        }
    }

    private static ByteBuffer number(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value);
    }

    @Test
    void a_chain_that_bites_its_tail_is_refused() throws IOException {
        Path first = directory.resolve("a.qcow2");
        Path second = directory.resolve("b.qcow2");
        try (Qcow2Disk base = Qcow2Disk.open(path)) {
            Overlay.create(first, base, second, Durability.PROCESS).close();
            Overlay.create(second, base, first, Durability.PROCESS).close();
        }
        assertThatThrownBy(() -> Qcow2Disk.open(first))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("on itself");
    }

    @Test
    void a_missing_backing_file_is_named() throws IOException {
        Files.delete(golden);
        assertThatThrownBy(() -> Qcow2Disk.open(path))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("golden.raw does not exist");
    }

    @Test
    void tables_that_leave_the_file_are_damage_not_a_crash() throws IOException {
        patch(40, number(1L << 50));
        assertThatThrownBy(() -> Qcow2Disk.open(path))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is damaged: its L1 table at byte 1125899906842624 is impossible");
    }

    @Test
    void an_L2_table_outside_the_file_is_a_medium_error() throws IOException {
        patch(OverlayLayout.of(SIZE).l1Offset(), number(1L << 63 | 1L << 45));
        try (Qcow2Disk disk = Qcow2Disk.open(path)) {
            assertThatThrownBy(() -> TestDisks.read(disk, 0, 512))
                    .isInstanceOf(BlockIoException.class)
                    .hasMessageContaining("the L2 table for byte 0 cannot be at byte 35184372088832");
        }
        assertThatThrownBy(() -> Overlay.open(path, Durability.PROCESS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("another program");
    }

    @Test
    void files_that_qemu_img_must_mend_or_convert_first_are_refused() throws IOException {
        patch(72, number(Qcow2Header.EXTENDED_L2 | 1));
        assertThatThrownBy(() -> Qcow2Disk.open(path)).hasMessageContaining("qemu-img check -r all");
        patch(72, number(Qcow2Header.EXTENDED_L2 | 1 << 9));
        assertThatThrownBy(() -> Qcow2Disk.open(path)).hasMessageContaining("unknown incompatible features 0x210");
        patch(72, number(Qcow2Header.EXTENDED_L2));
        patch(32, ByteBuffer.allocate(4).putInt(2));
        assertThatThrownBy(() -> Qcow2Disk.open(path)).hasMessageContaining("is encrypted");
    }

    /** As by QEMU: a name elsewhere would be read from what a guest wrote. */
    @Test
    void a_backing_name_outside_the_first_cluster_is_refused() {
        Qcow2Header.Backing backing = new Qcow2Header.Backing("golden.raw", "raw");
        Qcow2Header header =
                new Qcow2Header(3, 14, 1 << 20, 1, 3 << 14, 1 << 14, 1, 0, Qcow2Header.EXTENDED_L2, 0, backing);
        ByteBuffer file = ByteBuffer.allocate(Qcow2Header.READ_LENGTH)
                .put(header.encode())
                .clear();
        assertThat(Qcow2Header.parse(path, file).backing()).isEqualTo(backing);
        file.putLong(8, (1 << 14) - 5);
        assertThatThrownBy(() -> Qcow2Header.parse(path, file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("backing file name at byte 16379");
    }

    @Test
    void a_backing_file_of_unstated_format_is_refused() throws IOException {
        patch(104, ByteBuffer.allocate(4));
        assertThatThrownBy(() -> Qcow2Disk.open(path))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("without saying in which format")
                .hasMessageContaining("qemu-img rebase");
    }

    @Test
    void what_is_no_qcow2_file_is_named() throws IOException {
        assertThatThrownBy(() -> Qcow2Disk.open(golden)).hasMessageContaining("is not a qcow2 file");
    }

    @Test
    void random_damage_gives_only_the_errors_that_callers_expect() throws IOException {
        byte[] header = new byte[512];
        try (var file = Files.newInputStream(path, StandardOpenOption.READ)) {
            file.readNBytes(header, 0, header.length);
        }
        Random random = new Random(1);
        for (int round = 0; round < 300; round++) {
            byte[] damaged = header.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[8 + random.nextInt(140)] = (byte) random.nextInt(256);
            }
            patch(0, ByteBuffer.wrap(damaged));
            patch(OverlayLayout.of(SIZE).l1Offset() + random.nextInt(8), number(random.nextLong()));
            try (Qcow2Disk disk = Qcow2Disk.open(path)) {
                TestDisks.read(disk, 0, 512);
                TestDisks.read(disk, disk.size() - 512, 512);
                disk.extent(0);
            } catch (ConfigurationException | BlockIoException e) {
                assertThat(e.getMessage()).endsWith(".");
            }
        }
    }
}
