package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class DiskCloneTest {

    private static final int SIZE = 1 << 20;

    @TempDir
    Path directory;

    private RawDisk golden;
    private DiskClone clone;
    private RandomOperations operations;
    private byte[] pristine;

    @BeforeEach
    void clone_a_golden_disk() throws IOException {
        Path file = TestDisks.golden(directory, SIZE, 1);
        pristine = Files.readAllBytes(file);
        golden = RawDisk.open(file);
        clone = DiskClone.create(golden, directory.resolve("work.qcow2"), Durability.PROCESS);
        operations = new RandomOperations(1, pristine);
    }

    @AfterEach
    void close() {
        clone.close();
        golden.close();
    }

    @Test
    void rotate_sets_the_disk_aside_and_starts_over_from_the_golden_one() throws IOException {
        operations.perform(clone, 100);
        Path aside = directory.resolve("aside.qcow2");
        clone.rotate(aside);

        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(pristine);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(aside)))
                .isEqualTo("r--r--r--");
        try (Qcow2Disk kept = Qcow2Disk.open(aside)) {
            operations.check(kept);
        }
        TestDisks.write(clone, 0, TestDisks.filled(4096, 1));
        assertThat(clone.path()).exists();
    }

    @Test
    void revert_discards_everything_written_since_the_clone_was_made() {
        operations.perform(clone, 50);
        clone.revert();
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(pristine);
    }

    @Test
    void revert_discards_writes_made_after_the_snapshot() {
        operations.perform(clone, 50);
        clone.snapshot(directory.resolve("first.qcow2"));
        operations.check(clone);
        byte[] then = operations.oracle().clone();
        operations.perform(clone, 50);
        clone.revert();
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(then);
    }

    @Test
    void every_snapshot_can_be_gone_back_to_in_any_order() {
        operations.perform(clone, 50);
        DiskClone.Snapshot first = clone.snapshot(directory.resolve("first.qcow2"));
        byte[] atFirst = operations.oracle().clone();
        operations.perform(clone, 50);
        DiskClone.Snapshot second = clone.snapshot(directory.resolve("second.qcow2"));
        byte[] atSecond = operations.oracle().clone();
        operations.perform(clone, 50);

        clone.revertTo(first);
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(atFirst);
        operations.reset(atFirst);
        operations.perform(clone, 50);
        operations.check(clone);
        clone.revertTo(second);
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(atSecond);
        clone.rotate(directory.resolve("aside.qcow2"));
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(atSecond);
    }

    @Test
    void starting_over_goes_back_below_all_snapshots_which_remain() {
        operations.perform(clone, 50);
        byte[] then = operations.oracle().clone();
        DiskClone.Snapshot snapshot = clone.snapshot(directory.resolve("first.qcow2"));
        operations.perform(clone, 50);

        clone.startOver();

        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(pristine);
        clone.revertTo(snapshot);
        assertThat(TestDisks.read(clone, 0, SIZE)).isEqualTo(then);
    }

    @Test
    void a_snapshot_of_another_clone_is_gone_to_without_changing_it() throws IOException {
        operations.perform(clone, 50);
        byte[] then = operations.oracle().clone();
        Path layer = directory.resolve("first.qcow2");
        clone.snapshot(layer);
        byte[] file = Files.readAllBytes(layer);

        try (DiskClone other = DiskClone.create(golden, directory.resolve("other.qcow2"), Durability.PROCESS)) {
            other.revertTo(other.adopt(layer));

            assertThat(TestDisks.read(other, 0, SIZE)).isEqualTo(then);
            TestDisks.write(other, 0, TestDisks.filled(4096, 1));
        }
        assertThat(layer).hasBinaryContent(file);
    }

    @Test
    void a_snapshot_of_a_disk_of_another_size_is_refused() throws IOException {
        Path layer = directory.resolve("larger.qcow2");
        try (RawDisk larger = RawDisk.open(
                        TestDisks.golden(Files.createDirectory(directory.resolve("larger")), 2 * SIZE, 1));
                DiskClone other = DiskClone.create(larger, directory.resolve("other.qcow2"), Durability.PROCESS)) {
            other.snapshot(layer);
        }

        assertThatThrownBy(() -> clone.adopt(layer))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("has " + 2 * SIZE + " bytes, and clone");
    }

    @Test
    void a_closed_clone_is_complete_with_all_its_layers() {
        operations.perform(clone, 50);
        clone.snapshot(directory.resolve("first.qcow2"));
        operations.perform(clone, 50);
        clone.close();
        try (Layer disk = Layer.open(clone.path(), DiskFormat.QCOW2)) {
            operations.check(disk);
        }
        try (Overlay disk = Overlay.open(clone.path(), Durability.PROCESS)) {
            operations.perform(disk, 50);
            operations.check(disk);
        }
    }

    @Test
    void nothing_is_overwritten_by_setting_aside() throws IOException {
        operations.perform(clone, 20);
        Path taken = Files.createFile(directory.resolve("taken"));
        assertThatThrownBy(() -> clone.rotate(taken))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is there already");
        assertThatThrownBy(() -> clone.rotate(directory.resolve("no/such/directory")))
                .isInstanceOf(ConfigurationException.class);
        operations.check(clone);
        operations.perform(clone, 20);
        operations.check(clone);
    }

    @Test
    void a_discarded_clone_leaves_no_file() throws IOException {
        operations.perform(clone, 20);
        clone.discard();
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(golden.path());
        }
    }

    @Test
    void a_sealed_disk_refuses_writes() {
        Overlay overlay = Overlay.create(directory.resolve("o.qcow2"), golden, Durability.PROCESS);
        overlay.seal(directory.resolve("sealed.qcow2"));
        assertThat(overlay.isReadOnly()).isTrue();
        assertThatThrownBy(() -> TestDisks.write(overlay, 0, new byte[512]))
                .isInstanceOfSatisfying(
                        BlockIoException.class,
                        e -> assertThat(e.reason()).isEqualTo(BlockIoException.Reason.READ_ONLY));
        overlay.close();
    }
}
