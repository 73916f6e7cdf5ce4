package org.sanboot.evidence.inspection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.sanboot.process.Programs;

/**
 * Disks as a guest leaves them, made without root and without mounting anything.
 *
 * @param golden a raw disk
 * @param overlay a qcow2 file on it
 */
public record GuestDisks(Path golden, Path overlay) {

    private static final long MIB = 1 << 20;

    /** A disk with an ext4, an NTFS and an unknown partition, and an overlay in which files of the first two changed. */
    public static GuestDisks make(Path directory) throws Exception {
        for (String program : List.of("fls", "mkntfs", "mke2fs", "debugfs", "qemu-img", "sfdisk")) {
            if (System.getenv("CI") != null) {
                assertThat(Programs.find(program)).as(program).isPresent();
            }
            assumeThat(Programs.find(program)).as(program).isPresent();
        }
        Path tree = Files.createDirectories(directory.resolve("tree/etc/conf.d"));
        Path etc = tree.getParent();
        Files.writeString(etc.resolve("hostname"), "golden\n");
        Files.writeString(etc.resolve("journaled"), "old");
        Files.writeString(etc.resolve("gone"), "x");
        Files.createSymbolicLink(etc.getParent().resolve("link"), Path.of("etc/conf.d/../hostname"));
        Path ext4 = sized(directory.resolve("ext4.raw"), 64);
        run("mke2fs", "-q", "-t", "ext4", "-d", etc.getParent().toString(), ext4.toString());
        Path ntfs = sized(directory.resolve("ntfs.raw"), 32);
        run("mkntfs", "-q", "-F", "-Q", ntfs.toString());
        Path file = Files.writeString(directory.resolve("file"), "written by the guest\n");
        Path golden = disk(directory.resolve("golden.raw"), ext4, ntfs);

        Path block = Files.write(directory.resolve("block"), new byte[4096]);
        Files.writeString(block, "new" + "\0".repeat(4093));
        Path commands = Files.writeString(directory.resolve("commands"), """
                cd /etc
                write %s added
                rm gone
                sif hostname size 3
                sif hostname mtime @1795363309
                """.formatted(file));
        run("debugfs", "-w", "-f", commands.toString(), ext4.toString());
        String blocks = output("debugfs", "-R", "blocks /etc/journaled", ext4.toString())
                .strip();
        Files.writeString(commands, "jo\njw -b %s %s\njc\n".formatted(blocks, block));
        run("debugfs", "-w", "-f", commands.toString(), ext4.toString());
        run("ntfscp", ntfs.toString(), file.toString(), "added.txt");
        Path overlay = directory.resolve("disk.qcow2");
        Path changed = disk(directory.resolve("changed.raw"), ext4, ntfs);
        run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", changed.toString(), overlay.toString());
        run("qemu-img", "rebase", "-q", "-F", "raw", "-b", golden.toString(), overlay.toString());
        Files.delete(changed);
        return new GuestDisks(golden, overlay);
    }

    private static Path disk(Path file, Path ext4, Path ntfs) throws Exception {
        Path disk = sized(file, 108);
        Path table = Files.writeString(
                file.resolveSibling("table"),
                "label: dos\nlabel-id: 0x5a4b0001\nsize=64M, type=83\nsize=32M, type=7\nsize=8M, type=8e\n");
        Process sfdisk = new ProcessBuilder("/usr/sbin/sfdisk", "-q", disk.toString())
                .redirectInput(table.toFile())
                .start();
        assertThat(sfdisk.waitFor()).isZero();
        insert(ext4, disk, MIB);
        insert(ntfs, disk, 65 * MIB);
        return disk;
    }

    private static void insert(Path part, Path disk, long offset) throws IOException {
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(offset);
            file.write(Files.readAllBytes(part));
        }
    }

    private static Path sized(Path path, int mebibytes) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(mebibytes * MIB);
        }
        return path;
    }

    private static void run(String... command) throws Exception {
        output(command);
    }

    private static String output(String... command) throws Exception {
        command[0] = Programs.find(command[0]).orElseThrow().toString();
        Path errors = Files.createTempFile("errors", null);
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as(String.join(" ", command) + Files.readString(errors))
                .isZero();
        Files.delete(errors);
        return output;
    }
}
