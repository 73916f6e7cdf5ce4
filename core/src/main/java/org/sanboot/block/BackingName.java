package org.sanboot.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * The name by which a qcow2 file knows what it stands on, changed in its header alone: neither the disk nor what it stands on
 * is touched. Nobody may have the file open for writing meanwhile.
 *
 * <p>The new header is written at once and lies within the first sectors of the file, so that a process that is killed
 * leaves the old name or the new one.
 */
public final class BackingName {

    private BackingName() {}

    /**
     * Returns the name of what a disk stands on.
     *
     * @param disk the qcow2 file
     * @return as it is written there; nothing when it stands on nothing
     * @throws ConfigurationException when the file is no qcow2 file that is read here
     */
    public static Optional<String> of(Path disk) {
        return Optional.ofNullable(header(disk).backing()).map(Qcow2Header.Backing::file);
    }

    /**
     * Makes a disk name what it stands on as seen from the disk's own directory, when both lie in one tree: the tree can be
     * moved as a whole then. A disk that stands on nothing, on something outside, or on a name that is relative already
     * stays as it is.
     *
     * @param disk the qcow2 file; it may be read-only
     * @param tree the directory, reached by whatever links
     * @throws ConfigurationException when the file is no qcow2 file that is read here
     * @throws InfrastructureException when it cannot be written; it is as it was
     */
    public static void makeRelative(Path disk, Path tree) {
        Qcow2Header.Backing backing = header(disk).backing();
        if (backing == null || !backing.file().startsWith("/")) {
            return;
        }
        try {
            Path root = tree.toRealPath();
            Path below = Path.of(backing.file()).toRealPath();
            Path directory =
                    Objects.requireNonNull(disk.toAbsolutePath().getParent()).toRealPath();
            if (below.startsWith(root) && directory.startsWith(root)) {
                set(disk, directory.relativize(below).toString());
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "Disk file %s cannot name what it stands on, %s, relative to itself: %s."
                            .formatted(disk, backing.file(), e),
                    e);
        }
    }

    /**
     * Makes a disk name what it stands on by another name, in the same format.
     *
     * @param disk the qcow2 file, which stands on something already; it may be read-only
     * @param name as seen from the disk's directory
     * @throws ConfigurationException when the file is no qcow2 file that is read here, or the name is too long
     * @throws InfrastructureException when it cannot be written; it is as it was
     */
    public static void set(Path disk, String name) {
        ByteBuffer start = start(disk);
        Qcow2Header.parse(disk, start);
        ByteBuffer renamed = renamed(disk, start, name);
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(disk);
            Set<PosixFilePermission> writable = EnumSet.copyOf(permissions);
            writable.add(PosixFilePermission.OWNER_WRITE);
            Files.setPosixFilePermissions(disk, writable);
            try (PositionalFile file = PositionalFile.openForWriting(disk, FileChannel::open)) {
                file.write(0, renamed);
                file.force();
            } finally {
                Files.setPosixFilePermissions(disk, permissions);
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "Disk file %s cannot name what it stands on %s: %s.".formatted(disk, name, e), e);
        }
    }

    private static Qcow2Header header(Path disk) {
        try (PositionalFile file = PositionalFile.openForReading(disk)) {
            return Qcow2Header.read(file);
        }
    }

    private static ByteBuffer start(Path disk) {
        try (PositionalFile file = PositionalFile.openForReading(disk)) {
            ByteBuffer start = ByteBuffer.allocate((int) Math.min(Qcow2Header.READ_LENGTH, file.size()));
            file.read(0, start);
            return start.flip();
        }
    }

    /** All that comes before the old name stays, which follows the header's extensions; the new one takes its place. */
    private static ByteBuffer renamed(Path disk, ByteBuffer start, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int offset = (int) start.getLong(8);
        int clusterSize = 1 << start.getInt(20);
        if (offset == 0) {
            throw new ConfigurationException("Disk file " + disk + " stands on nothing that could be named.");
        }
        if (bytes.length > Qcow2Header.MAX_BACKING_FILE || offset + bytes.length > clusterSize) {
            throw new ConfigurationException(
                    "The name %s of what disk file %s stands on is longer than qcow2 allows.".formatted(name, disk));
        }
        byte[] head = new byte[offset];
        start.get(0, head);
        // The rest of a longer old name is overwritten, for it would say where a home once was.
        ByteBuffer renamed = ByteBuffer.allocate(Math.max(offset + bytes.length, offset + start.getInt(16)));
        renamed.put(head).put(bytes);
        renamed.putInt(16, bytes.length);
        return renamed.rewind();
    }
}
