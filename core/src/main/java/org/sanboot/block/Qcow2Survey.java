package org.sanboot.block;

import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.sanboot.ConfigurationException;

/**
 * Looks through the tables of a qcow2 file, whether all that they speak of is there, and through those of what it stands on.
 * It costs 8 bytes for each cluster that has data.
 */
final class Qcow2Survey {

    private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED_FLAG = 1L << 62;
    private static final long ZERO_FLAG = 1;

    private final PositionalFile file;
    private final Path named;
    private final long length;
    private final Qcow2Header header;

    private Qcow2Survey(PositionalFile file, Path named, Qcow2Header header) {
        this.file = file;
        this.named = named;
        this.length = file.size();
        this.header = header;
    }

    /** Returns the size of the disk. */
    static long check(Path named, FurtherFiles allowed) {
        return check(named, named, allowed, new HashSet<>());
    }

    private static long check(Path path, Path named, FurtherFiles allowed, Set<Object> above) {
        try (PositionalFile file = PositionalFile.openForReading(path)) {
            if (!above.add(file.identityOrPath())) {
                throw new ConfigurationException(
                        "Disk file " + named + " stands, through its backing files, on itself.");
            }
            ByteBuffer start = ByteBuffer.allocate((int) Math.min(Qcow2Header.READ_LENGTH, file.size()));
            file.read(0, start);
            Qcow2Header header = Qcow2Header.parseForeign(named, start.flip());
            if (header.hasExternalData()) {
                checkDataFile(path, named, start, allowed);
            }
            if (header.backing() != null) {
                if (allowed instanceof FurtherFiles.None) {
                    throw FurtherFiles.refused(named, header.backing().file());
                }
                Path backing = Qcow2Disk.resolve(path, header.backing().file());
                allowed.check(named, backing);
                checkBacking(path, backing, header.backing().format(), allowed, above);
            }
            new Qcow2Survey(file, named, header).walk();
            return header.size();
        } catch (BlockIoException e) {
            throw SourceDisk.cutShort(named, "cannot be read as a qcow2 file (" + e.getMessage() + ")");
        }
    }

    private static void checkDataFile(Path path, Path named, ByteBuffer start, FurtherFiles allowed) {
        String data = Qcow2Header.dataFile(named, start);
        if (data == null || allowed instanceof FurtherFiles.None) {
            throw FurtherFiles.refused(named, data == null ? "a file for its data" : data);
        }
        allowed.check(named, Qcow2Disk.resolve(path, data));
    }

    /** Without a stated format QEMU would guess it by content that a guest has written. */
    private static void checkBacking(
            Path path,
            Path backing,
            @org.jspecify.annotations.Nullable String format,
            FurtherFiles allowed,
            Set<Object> above) {
        if (DiskFormat.QCOW2.qemuName().equals(format)) {
            check(backing, backing, allowed, above);
        } else if (DiskFormat.RAW.qemuName().equals(format)) {
            RawDisk.open(backing).close();
        } else {
            throw Qcow2Disk.badBackingFormat(path, backing, format);
        }
    }

    private void walk() {
        int entries = (int) ((header.size() - 1) / header.bytesPerL2Table()) + 1;
        if (header.l1Offset() > length - (long) entries * Long.BYTES) {
            throw SourceDisk.cutShort(named, "has its L1 table at byte " + header.l1Offset());
        }
        LongBuffer l1 = read(header.l1Offset(), entries);
        while (l1.hasRemaining()) {
            long table = l1.get() & OFFSET_MASK;
            if (table != 0) {
                if (!header.isClusterAligned(table) || table > length - header.clusterSize()) {
                    throw SourceDisk.cutShort(named, "has an L2 table at byte " + table);
                }
                walk(read(table, header.clusterSize() / Long.BYTES));
            }
        }
    }

    private LongBuffer read(long offset, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Long.BYTES);
        file.read(offset, bytes);
        return bytes.flip().asLongBuffer();
    }

    private void walk(LongBuffer l2) {
        while (l2.hasRemaining()) {
            long entry = l2.get();
            long bitmap = header.hasExtendedL2() ? l2.get() : -1;
            if (entry == 0) {
                continue;
            }
            if ((entry & COMPRESSED_FLAG) != 0) {
                checkCompressed(entry);
            } else if ((bitmap & 0xffff_ffffL) != 0 && (header.hasExtendedL2() || (entry & ZERO_FLAG) == 0)) {
                checkCluster(entry & OFFSET_MASK, bitmap);
            }
        }
    }

    /** The last cluster of a file may be shorter than the others; what it lacks is zero. */
    private void checkCluster(long offset, long bitmap) {
        if (offset == 0 || header.hasExternalData()) {
            return;
        }
        long last = offset;
        if (header.hasExtendedL2()) {
            int highest = 63 - Long.numberOfLeadingZeros(bitmap & 0xffff_ffffL);
            last += (long) highest * (header.clusterSize() / 32);
        }
        if (!header.isClusterAligned(offset) || last >= length) {
            throw SourceDisk.cutShort(named, "has data at byte " + last);
        }
    }

    /** Clause "Compressed Clusters Descriptor"; the last sector may end with the file. */
    private void checkCompressed(long entry) {
        int offsetBits = 62 - (header.clusterBits() - 8);
        long offset = entry & (1L << offsetBits) - 1;
        long sectors = (entry & COMPRESSED_FLAG - 1) >>> offsetBits;
        if (offset >= length || (offset & -512L) + sectors * 512 >= length) {
            throw SourceDisk.cutShort(named, "has compressed data at byte " + offset);
        }
    }
}
