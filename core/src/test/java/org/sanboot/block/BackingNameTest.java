package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class BackingNameTest {

    @TempDir
    Path directory;

    private Path home;
    private Path base;
    private Path disk;

    @BeforeEach
    void make_a_disk_in_a_home() throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
        base = Files.write(Files.createDirectories(home.resolve("images/guest")).resolve("abc.raw"), filled());
        disk = Files.createDirectories(home.resolve("failures/one")).resolve("disk.qcow2");
        try (Layer below = RawDisk.open(base);
                Overlay overlay = Overlay.create(disk, below, Durability.PROCESS)) {
            TestDisks.write(overlay, 512, TestDisks.filled(512, 2));
        }
        Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("r--r--r--"));
    }

    private static byte[] filled() {
        return TestDisks.filled(1 << 20, 1);
    }

    private String name() throws IOException {
        ByteBuffer start = ByteBuffer.wrap(Files.readAllBytes(disk));
        byte[] name = new byte[start.getInt(16)];
        start.get((int) start.getLong(8), name);
        return new String(name, StandardCharsets.UTF_8);
    }

    @Test
    void a_disk_whose_name_is_relative_moves_with_its_home() throws IOException {
        BackingName.makeRelative(disk, home);

        assertThat(name()).isEqualTo("../../images/guest/abc.raw");
        assertThat(Files.readString(disk, StandardCharsets.ISO_8859_1)).doesNotContain(directory.toString());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(disk)))
                .isEqualTo("r--r--r--");
        Path moved = Files.move(home, directory.resolve("moved"));
        try (Layer opened = Qcow2Disk.open(moved.resolve("failures/one/disk.qcow2"))) {
            assertThat(TestDisks.read(opened, 0, 1)).containsExactly(1);
            assertThat(TestDisks.read(opened, 512, 1)).containsExactly(2);
        }
    }

    @Test
    void a_name_that_was_made_relative_is_left_alone() throws IOException {
        BackingName.makeRelative(disk, home);
        BackingName.makeRelative(disk, home);

        assertThat(name()).isEqualTo("../../images/guest/abc.raw");
    }

    @Test
    void links_on_the_way_do_not_mislead() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), home);
        Path elsewhere = Files.createDirectories(home.resolve("deep/down/below"));
        Files.move(home.resolve("failures"), elsewhere.resolve("failures"));
        Files.createSymbolicLink(home.resolve("failures"), elsewhere.resolve("failures"));

        BackingName.makeRelative(link.resolve("failures/one/disk.qcow2"), link);

        disk = home.resolve("failures/one/disk.qcow2");
        assertThat(name()).isEqualTo("../../../../../images/guest/abc.raw");
        try (Layer opened = Qcow2Disk.open(link.resolve("failures/one/disk.qcow2"))) {
            assertThat(TestDisks.read(opened, 0, 1)).containsExactly(1);
        }
    }

    @Test
    void what_lies_outside_keeps_its_absolute_name() throws IOException {
        String before = name();
        BackingName.makeRelative(disk, home.resolve("failures"));

        assertThat(name()).isEqualTo(before).startsWith("/");
    }

    @Test
    void an_overlay_can_be_written_on_after_its_name_was_changed() throws IOException {
        Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-r--r--"));
        BackingName.makeRelative(disk, home);
        try (Overlay overlay = Overlay.open(disk, Durability.PROCESS)) {
            assertThat(TestDisks.read(overlay, 512, 1)).containsExactly(2);
        }
    }

    @Test
    void a_disk_that_stands_on_nothing_is_not_given_a_name() {
        Path blank = directory.resolve("blank.qcow2");
        Overlay.createBlank(blank, 512, Durability.PROCESS).close();

        BackingName.makeRelative(blank, directory);
        assertThatThrownBy(() -> BackingName.set(blank, "base.raw"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("stands on nothing");
        assertThatThrownBy(() -> BackingName.set(disk, "x".repeat(2000)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("longer than qcow2 allows");
    }
}
