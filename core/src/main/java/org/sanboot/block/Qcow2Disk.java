package org.sanboot.block;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Pattern;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice.Extent.State;
import org.sanboot.block.BlockIoException.Reason;

/**
 * Any qcow2 file, of whoever's making, for reading: versions 2 and 3, extended L2 entries, zero clusters, clusters
 * compressed by zlib, and chains of backing files. Nothing in the file is trusted: offsets that leave it are a medium
 * error where they are met, and a chain that bites its tail is refused.
 *
 * <p>Any number of threads may read. L2 tables are kept as long as the heap has room.
 */
public final class Qcow2Disk implements Layer {

    // What locate() answers when the bytes do not lie in this file as they are.
    private static final long BACKING = -1;
    private static final long ZERO = -2;
    private static final long COMPRESSED = -3;

    private static final long OFFSET_MASK = 0x00ff_ffff_ffff_fe00L;
    private static final long COMPRESSED_FLAG = 1L << 62;
    private static final long ZERO_FLAG = 1;
    private static final int SECTOR = 512;
    private static final int SUBCLUSTERS = 32;
    /** A URL or one of QEMU's other ways to name something that is no file. */
    private static final Pattern PROTOCOL = Pattern.compile("[A-Za-z0-9+.-]+:.*");

    private final PositionalFile file;
    private final long length;
    private final Qcow2Header header;
    private final @Nullable Layer backing;
    private final long size;
    private final int unit;
    private final long[] l1;
    private final AtomicReferenceArray<@Nullable SoftReference<long[]>> l2Tables;
    private volatile @Nullable Inflated lastInflated;

    private Qcow2Disk(PositionalFile file, Qcow2Header header, long[] l1, @Nullable Layer backing) {
        this.file = file;
        this.length = file.size();
        this.header = header;
        this.backing = backing;
        this.size = header.size() & -SECTOR;
        this.unit = header.hasExtendedL2() ? header.clusterSize() / SUBCLUSTERS : header.clusterSize();
        this.l1 = l1;
        this.l2Tables = new AtomicReferenceArray<>(l1.length);
    }

    /** A decompressed cluster and the L2 entry that points to it. */
    private static final class Inflated {
        private final long entry;
        private final byte[] bytes;

        Inflated(long entry, byte[] bytes) {
            this.entry = entry;
            this.bytes = bytes;
        }
    }

    /**
     * Opens a disk and everything that it stands on.
     *
     * @param path of the file
     * @return the disk, to be closed, which closes what it stands on
     * @throws ConfigurationException when this, or what it stands on, is missing, damaged, or of a kind that is not read
     */
    public static Qcow2Disk open(Path path) {
        return open(path, new HashSet<>());
    }

    private static Qcow2Disk open(Path path, Set<Object> above) {
        PositionalFile file = PositionalFile.openForReading(path);
        try {
            if (!above.add(file.identityOrPath())) {
                throw new ConfigurationException(
                        "Disk file " + path + " stands, through its backing files, on itself.");
            }
            Qcow2Header header = Qcow2Header.read(file);
            long[] l1 = readL1(file, header);
            return new Qcow2Disk(file, header, l1, openBacking(path, header, above));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /** Opens a disk on what it is known to stand on, which it closes with itself, whatever name is in the file. */
    static Qcow2Disk open(Path path, Layer backing) {
        PositionalFile file = PositionalFile.openForReading(path);
        try {
            Qcow2Header header = Qcow2Header.read(file);
            return new Qcow2Disk(file, header, readL1(file, header), backing);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static long[] readL1(PositionalFile file, Qcow2Header header) {
        int entries = (int) ((header.size() - 1) / header.bytesPerL2Table()) + 1;
        if (header.l1Offset() > file.size() - (long) entries * Long.BYTES) {
            throw Qcow2Header.malformed(file.path(), "L1 table at byte " + header.l1Offset());
        }
        return readLongs(file, header.l1Offset(), entries);
    }

    private static long[] readLongs(PositionalFile file, long offset, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Long.BYTES);
        file.read(offset, bytes);
        LongBuffer longs = bytes.flip().asLongBuffer();
        long[] result = new long[count];
        longs.get(result);
        return result;
    }

    /** Opens what a header says that its file stands on. */
    static @Nullable Layer openBacking(Path path, Qcow2Header header) {
        return openBacking(path, header, new HashSet<>());
    }

    private static @Nullable Layer openBacking(Path path, Qcow2Header header, Set<Object> above) {
        if (header.backing() == null) {
            return null;
        }
        Path backing = resolve(path, header.backing().file());
        String format = header.backing().format();
        if (DiskFormat.RAW.qemuName().equals(format)) {
            return RawDisk.open(backing);
        }
        if (DiskFormat.QCOW2.qemuName().equals(format)) {
            return open(backing, above);
        }
        throw badBackingFormat(path, backing, format);
    }

    static ConfigurationException badBackingFormat(Path path, Path backing, @Nullable String format) {
        String problem = format == null ? "without saying in which format" : "in the format " + format;
        return new ConfigurationException(
                "Disk file %s stands on %s %s; state raw or qcow2: qemu-img rebase -u -b %s -F FORMAT %s."
                        .formatted(path, backing, problem, backing, path));
    }

    /** Returns the file that a name means, seen from the file that has it. */
    static Path resolve(Path path, String name) {
        try {
            if (!PROTOCOL.matcher(name).matches()) {
                // The kernel goes up from where the directory really is, not from a link to it.
                Path directory = Objects.requireNonNull(path.toAbsolutePath().getParent());
                return directory.toRealPath().resolve(name).normalize();
            }
        } catch (InvalidPathException | IOException e) {
            // falls through: it is no file name here
        }
        throw new ConfigurationException(
                "Disk file %s stands on \"%s\", which is no file; convert it first: qemu-img convert -O qcow2 %s NEW."
                        .formatted(path, name, path));
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public DiskFormat format() {
        return DiskFormat.QCOW2;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        Ranges.check(this, offset, destination.remaining());
        int limit = destination.limit();
        long position = offset;
        long end = offset + destination.remaining();
        try {
            while (position < end) {
                long place = locate(position);
                long runEnd = runEnd(position, end, place);
                destination.limit(destination.position() + (int) (runEnd - position));
                if (place == BACKING) {
                    Ranges.readBacking(backing, position, destination);
                } else if (place == ZERO) {
                    Ranges.fillWithZeros(destination);
                } else if (place == COMPRESSED) {
                    readCompressed(position, destination);
                } else {
                    readData(place, destination);
                }
                position = runEnd;
            }
        } finally {
            destination.limit(limit);
        }
    }

    /**
     * Finds what this file stores itself, data or zeros, and does not take from what it stands on.
     *
     * @param from where to begin, in bytes from the beginning of the disk
     * @return the first run there or behind, or nothing when all the rest shows what is below
     */
    public Optional<StoredRun> stored(long from) {
        long start = from;
        while (start < size && locate(start) == BACKING) {
            start = nextStep(start, BACKING);
        }
        if (start >= size) {
            return Optional.empty();
        }
        long end = start;
        for (long place = locate(end); place != BACKING; place = end < size ? locate(end) : BACKING) {
            end = Math.min(size, nextStep(end, place));
        }
        return Optional.of(new StoredRun(start, end - start));
    }

    /** Returns where in this file a byte of the disk lies, or one of the constants when it does not. */
    private long locate(long position) {
        long[] table = l2Table(position);
        if (table == null) {
            return BACKING;
        }
        boolean extended = header.hasExtendedL2();
        int index = l2Index(position);
        long entry = table[extended ? 2 * index : index];
        if ((entry & COMPRESSED_FLAG) != 0) {
            return COMPRESSED;
        }
        long hostCluster = entry & OFFSET_MASK;
        if (extended) {
            long bitmap = table[2 * index + 1] >>> ((position & header.clusterSize() - 1) / unit);
            if ((bitmap & 1L << SUBCLUSTERS) != 0) {
                return ZERO;
            }
            if ((bitmap & 1) == 0) {
                return BACKING;
            }
        } else if ((entry & ZERO_FLAG) != 0 && header.version() >= 3) {
            return ZERO;
        } else if (hostCluster == 0) {
            return BACKING;
        }
        if (hostCluster == 0 || !header.isClusterAligned(hostCluster) || hostCluster >= length) {
            throw damaged("the data of byte " + position, hostCluster);
        }
        return hostCluster + (position & header.clusterSize() - 1);
    }

    private int l2Index(long position) {
        return (int) (position >> header.clusterBits()) & header.l2Entries() - 1;
    }

    private long runEnd(long start, long end, long place) {
        long position = nextStep(start, place);
        while (position < end
                && place != COMPRESSED
                && locate(position) == (place < 0 ? place : place + position - start)) {
            position = nextStep(position, place);
        }
        return Math.min(end, position);
    }

    /** Returns where the next unit of allocation starts; without an L2 table that is behind all that it would describe. */
    private long nextStep(long position, long place) {
        long step = unit;
        if (place == COMPRESSED) {
            step = header.clusterSize();
        } else if (place == BACKING && l2Offset(position) == 0) {
            step = header.bytesPerL2Table();
        }
        return (position | step - 1) + 1;
    }

    private long l2Offset(long position) {
        return l1[(int) (position / header.bytesPerL2Table())] & OFFSET_MASK;
    }

    private long @Nullable [] l2Table(long position) {
        int index = (int) (position / header.bytesPerL2Table());
        long offset = l2Offset(position);
        if (offset == 0) {
            return null;
        }
        SoftReference<long[]> kept = l2Tables.getAcquire(index);
        long[] table = kept == null ? null : kept.get();
        if (table == null) {
            if (!header.isClusterAligned(offset) || offset > length - header.clusterSize()) {
                throw damaged("the L2 table for byte " + position, offset);
            }
            table = readLongs(file, offset, header.clusterSize() / Long.BYTES);
            l2Tables.setRelease(index, new SoftReference<>(table));
        }
        return table;
    }

    /** The last cluster may end with the file; QEMU reads the rest of it as zeros. */
    private void readData(long place, ByteBuffer destination) {
        int limit = destination.limit();
        destination.limit(
                destination.position() + (int) Math.min(destination.remaining(), Math.max(0, length - place)));
        try {
            file.read(place, destination);
        } finally {
            destination.limit(limit);
        }
        Ranges.fillWithZeros(destination);
    }

    private void readCompressed(long position, ByteBuffer destination) {
        long[] table = l2Table(position);
        int index = l2Index(position);
        long entry = table == null ? 0 : table[header.hasExtendedL2() ? 2 * index : index];
        Inflated inflated = lastInflated;
        if (inflated == null || inflated.entry != entry) {
            inflated = new Inflated(entry, inflate(entry, position));
            lastInflated = inflated;
        }
        destination.put(inflated.bytes, (int) (position & header.clusterSize() - 1), destination.remaining());
    }

    /** Clause "Compressed Clusters Descriptor": a byte offset below, the number of further sectors above it. */
    private byte[] inflate(long entry, long position) {
        int offsetBits = 62 - (header.clusterBits() - 8);
        long offset = entry & (1L << offsetBits) - 1;
        long sectors = ((entry & COMPRESSED_FLAG - 1) >>> offsetBits) + 1;
        long stored = Math.min(sectors * SECTOR - (offset & SECTOR - 1), length - offset);
        if (stored < 1) {
            throw damaged("the compressed data of byte " + position, offset);
        }
        byte[] compressed = new byte[(int) stored];
        file.read(offset, ByteBuffer.wrap(compressed));
        byte[] bytes = new byte[header.clusterSize()];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(compressed);
            int done = 0;
            int step;
            while (done < bytes.length && (step = inflater.inflate(bytes, done, bytes.length - done)) > 0) {
                done += step;
            }
            if (done < bytes.length) {
                throw damaged("the compressed data of byte " + position, offset);
            }
            return bytes;
        } catch (DataFormatException e) {
            throw damaged("the compressed data of byte " + position, offset);
        } finally {
            inflater.end();
        }
    }

    private BlockIoException damaged(String what, long offset) {
        return new BlockIoException(
                Reason.MEDIUM,
                "Disk file %s is damaged: %s cannot be at byte %d of it; see qemu-img check %s."
                        .formatted(path(), what, offset, path()),
                null);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        throw readOnly();
    }

    @Override
    public void zero(long offset, long count) {
        throw readOnly();
    }

    private BlockIoException readOnly() {
        return new BlockIoException(Reason.READ_ONLY, "Disk file " + path() + " is open for reading only.", null);
    }

    @Override
    public void flush() {
        // Nothing is ever written.
    }

    @Override
    public Extent extent(long offset) {
        return extent(offset, size - offset);
    }

    @Override
    public Extent extent(long offset, long most) {
        Ranges.check(this, offset, Math.max(1, most));
        long place = locate(offset);
        long count = runEnd(offset, offset + most, place) - offset;
        if (place != BACKING) {
            return new Extent(count, place == ZERO ? State.DEALLOCATED : State.MAPPED);
        }
        if (backing == null || offset >= backing.size()) {
            return new Extent(count, State.DEALLOCATED);
        }
        return backing.extent(offset, Math.min(count, backing.size() - offset));
    }

    @Override
    public void close() {
        file.close();
        if (backing != null) {
            backing.close();
        }
    }
}
