package org.sanboot.evidence;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/** Makes a disk's file one that is not written any more, and sees it onto the host's disk. */
final class Seal {

    private static final Set<PosixFilePermission> WRITING = EnumSet.of(
            PosixFilePermission.OWNER_WRITE, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

    private Seal() {}

    /** Takes away the permissions to write, and gives nobody any: what only its owner could read stays so. */
    static void protect(Path disk) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(disk));
        if (permissions.removeAll(WRITING)) {
            Files.setPosixFilePermissions(disk, permissions);
        }
    }

    /** Lets the owner alone see what is in a directory. */
    static void protectDirectory(Path directory) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }

    /** Lets the owner write a sealed file for a while. */
    static Opened open(Path file) throws IOException {
        Set<PosixFilePermission> sealed = Files.getPosixFilePermissions(file);
        Set<PosixFilePermission> writable = EnumSet.copyOf(sealed);
        writable.add(PosixFilePermission.OWNER_WRITE);
        Files.setPosixFilePermissions(file, writable);
        return () -> Files.setPosixFilePermissions(file, sealed);
    }

    /** A sealed file that can be written until this is closed. */
    interface Opened extends AutoCloseable {
        @Override
        void close() throws IOException;
    }

    /** Makes a file or a directory safe from a power cut. */
    static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
