package org.sanboot.block;

import static org.sanboot.block.OverlayLayout.CLUSTER;
import static org.sanboot.block.OverlayLayout.CLUSTER_BITS;
import static org.sanboot.block.OverlayLayout.L2_ENTRIES;
import static org.sanboot.block.OverlayLayout.REGION;
import static org.sanboot.block.OverlayLayout.REGION_BITS;
import static org.sanboot.block.OverlayLayout.SUBCLUSTER;
import static org.sanboot.block.OverlayLayout.SUBCLUSTERS;
import static org.sanboot.block.OverlayLayout.SUBCLUSTER_BITS;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockDevice.Extent.State;
import org.sanboot.block.BlockIoException.Reason;

/**
 * A disk that keeps what differs from the layer below it in a qcow2 file of version 3 with extended L2 entries, which is
 * consistent whenever the process ends, and complete after every {@link #flush}.
 *
 * <p>Any number of threads may read and write. Reads, and writes to sub-clusters (4 KiB) that have data already, take no
 * lock; what changes a sub-cluster's state holds its stripe's monitor, so that nobody's bytes are lost when two writes
 * fill up the same sub-cluster from below. The file's L2 tables follow at the next flush: until then they say what was
 * true at the last one, which is a valid disk since no cluster ever moves.
 *
 * <p>Space once taken is not given back to the host before the file is deleted, for Java cannot punch holes; it is used
 * again by the next write to the same place.
 */
public final class Overlay implements Layer {

    private static final int UNALLOCATED = 0;
    private static final int DATA = 1;
    private static final int ZERO = 2;

    /** Bytes of the disk that one stripe covers. */
    private static final long STRIPE = (long) Region.STRIPE_CLUSTERS * CLUSTER;

    private static final ThreadLocal<ByteBuffer> SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(SUBCLUSTER));

    private final OverlayFile file;
    private final @Nullable Layer backing;
    private final boolean ownsBacking;
    private final long size;
    private final AtomicReferenceArray<@Nullable Region> regions;
    private volatile boolean readOnly;

    private Overlay(OverlayFile file, @Nullable Layer backing, boolean ownsBacking) {
        this.file = file;
        this.backing = backing;
        this.ownsBacking = ownsBacking;
        this.size = file.layout().size();
        this.regions = new AtomicReferenceArray<>(file.layout().regions());
    }

    /**
     * Makes an empty overlay of the same size as what it stands on.
     *
     * @param path of the new file; none may be there
     * @param backing what shows through; it must stay open, and stays the caller's to close
     * @param durability what a flush promises
     * @return the overlay, to be closed
     * @throws org.sanboot.ConfigurationException when the file cannot be made
     */
    public static Overlay create(Path path, Layer backing, Durability durability) {
        return create(path, backing, backing.size(), durability);
    }

    /**
     * Makes an empty overlay that may be longer or shorter than what it stands on; beyond that it reads as zeros.
     *
     * @param path of the new file; none may be there
     * @param backing what shows through; it must stay open, and stays the caller's to close
     * @param size in bytes, a multiple of 512 up to 16 TiB
     * @param durability what a flush promises
     * @return the overlay, to be closed
     * @throws org.sanboot.ConfigurationException when the size is impossible or the file cannot be made
     */
    public static Overlay create(Path path, Layer backing, long size, Durability durability) {
        return create(path, backing, backing.path(), size, durability, FileChannel::open);
    }

    /** Makes an empty overlay on a layer that will have been moved before anyone else looks for it. */
    static Overlay create(Path path, Layer backing, Path backingPath, Durability durability) {
        return create(path, backing, backingPath, backing.size(), durability, FileChannel::open);
    }

    /** Makes an empty overlay in a file that is opened in a way of its own. */
    static Overlay create(
            Path path,
            Layer backing,
            Path backingPath,
            long size,
            Durability durability,
            PositionalFile.Opener opener) {
        OverlayLayout layout = OverlayLayout.of(size);
        return new Overlay(
                OverlayFile.create(path, reference(backing, backingPath), layout, durability, opener), backing, false);
    }

    private static Qcow2Header.Backing reference(Layer backing, Path path) {
        return new Qcow2Header.Backing(
                path.toAbsolutePath().toString(), backing.format().qemuName());
    }

    /**
     * Makes a disk of zeros that takes no space until it is written.
     *
     * @param path of the new file; none may be there
     * @param size in bytes, a multiple of 512 up to 16 TiB
     * @param durability what a flush promises
     * @return the disk, to be closed
     * @throws org.sanboot.ConfigurationException when the size is impossible or the file cannot be made
     */
    public static Overlay createBlank(Path path, long size, Durability durability) {
        return new Overlay(
                OverlayFile.create(path, null, OverlayLayout.of(size), durability, FileChannel::open), null, false);
    }

    /**
     * Opens an overlay that was made here, to write on; {@link Qcow2Disk#open} reads it.
     *
     * @param path of the file
     * @param durability what a flush promises
     * @return the overlay, to be closed, which closes what it stands on
     * @throws org.sanboot.ConfigurationException when it was not made here, or changed since by another program
     */
    public static Overlay open(Path path, Durability durability) {
        OverlayFile file = OverlayFile.open(path, durability);
        Overlay overlay = new Overlay(file, file.backing(), true);
        try {
            file.load(overlay.regions);
            return overlay;
        } catch (RuntimeException e) {
            file.close();
            overlay.closeBacking();
            throw e;
        }
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
        return readOnly;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        Ranges.check(this, offset, destination.remaining());
        int limit = destination.limit();
        long position = offset;
        long end = offset + destination.remaining();
        try {
            while (position < end) {
                int state = stateAt(position);
                long runEnd = runEnd(position, end, state);
                destination.limit(destination.position() + (int) (runEnd - position));
                if (state == DATA) {
                    file.read(fileOffset(position), destination);
                } else if (state == ZERO) {
                    Ranges.fillWithZeros(destination);
                } else {
                    Ranges.readBacking(backing, position, destination);
                }
                position = runEnd;
            }
        } finally {
            destination.limit(limit);
        }
    }

    private int stateAt(long position) {
        Region region = regions.getAcquire((int) (position >> REGION_BITS));
        return region == null ? UNALLOCATED : state(region.bitmap(cluster(position)), subcluster(position));
    }

    private static int state(long bitmap, int subcluster) {
        long bit = 1L << subcluster;
        return (bitmap & bit) != 0 ? DATA : (bitmap & (bit << SUBCLUSTERS)) != 0 ? ZERO : UNALLOCATED;
    }

    /**
     * Returns where a run of one state ends: at the first sub-cluster in another, and if it has data, at the last before
     * it stops being contiguous in the file. The first sub-cluster is taken to be in the state that it was seen in.
     */
    private long runEnd(long start, long end, int state) {
        long position = start;
        while (position < end) {
            Region region = regions.getAcquire((int) (position >> REGION_BITS));
            if (region == null) {
                if (state != UNALLOCATED) {
                    break;
                }
                position = (position | (REGION - 1)) + 1;
                continue;
            }
            int from = subcluster(position);
            int run = Integer.numberOfTrailingZeros(~(inState(region.bitmap(cluster(position)), state) >>> from));
            position = (position & -CLUSTER) + ((long) (from + run) << SUBCLUSTER_BITS);
            if (from + run < SUBCLUSTERS || (state == DATA && (position & (REGION - 1)) == 0)) {
                break;
            }
        }
        return Math.min(end, Math.max(position, nextSubcluster(start)));
    }

    /** Returns one bit for each sub-cluster that is in a state. */
    private static int inState(long bitmap, int state) {
        int data = (int) bitmap;
        int zero = (int) (bitmap >>> SUBCLUSTERS);
        return state == DATA ? data : state == ZERO ? zero : ~(data | zero);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        Ranges.check(this, offset, source.remaining());
        refuseWhenReadOnly();
        int limit = source.limit();
        long position = offset;
        long end = offset + source.remaining();
        try {
            while (position < end) {
                source.limit(limit);
                long partEnd = partEnd(position, end);
                boolean zero = isZero(source, position, partEnd, end);
                while (partEnd < end
                        && partEnd % STRIPE != 0
                        && isZero(source, partEnd, partEnd(partEnd, end), end) == zero) {
                    partEnd = partEnd(partEnd, end);
                }
                source.limit(limit - (int) (end - partEnd));
                if (zero) {
                    zero(position, partEnd - position);
                    source.position(source.limit());
                } else {
                    store(position, source);
                }
                position = partEnd;
            }
        } finally {
            source.limit(limit);
        }
    }

    /** Returns the end of the cluster, or of the range. */
    private static long partEnd(long position, long end) {
        return Math.min(end, (position | (CLUSTER - 1)) + 1);
    }

    /** Looks at part of a source whose limit belongs at {@code end} of the disk's bytes. */
    private static boolean isZero(ByteBuffer source, long from, long to, long end) {
        return Ranges.isZero(source, source.limit() - (int) (end - from), (int) (to - from));
    }

    /** Writes data that does not leave a stripe. */
    private void store(long offset, ByteBuffer source) {
        long end = offset + source.remaining();
        if (stateAt(offset) == DATA && runEnd(offset, end, DATA) == end) {
            file.write(fileOffset(offset), source);
            return;
        }
        Region region = allocatedRegion(offset);
        Region.Stripe stripe = region.stripe(cluster(offset));
        int limit = source.limit();
        synchronized (stripe) {
            long directEnd = needsFilling(end) ? end & -SUBCLUSTER : end;
            long position = offset;
            while (position < end) {
                boolean direct = stateAt(position) == DATA || coversSubcluster(position, end);
                long partEnd = direct ? directEnd : Math.min(end, nextSubcluster(position));
                source.limit(limit - (int) (end - partEnd));
                if (direct) {
                    file.write(region.fileOffset(position), source);
                } else {
                    fillUp(region, position, source);
                }
                position = partEnd;
            }
            setState(region, stripe, offset, end, DATA);
        }
    }

    /** Tells whether a write that ends here leaves a rest of a sub-cluster that must come from below. */
    private boolean needsFilling(long end) {
        return !isBoundary(end) && stateAt(end) != DATA;
    }

    private boolean coversSubcluster(long position, long end) {
        return isBoundary(position) && (end >= nextSubcluster(position) || end == size);
    }

    private boolean isBoundary(long position) {
        return (position & (SUBCLUSTER - 1)) == 0 || position == size;
    }

    /** Writes a whole sub-cluster, made of what was there and the source, which lies within it. */
    private void fillUp(Region region, long position, ByteBuffer source) {
        long start = position & -SUBCLUSTER;
        ByteBuffer whole = SCRATCH.get().clear();
        if (stateAt(start) == ZERO) {
            Ranges.fillWithZeros(whole);
        } else {
            Ranges.readBacking(backing, start, whole);
        }
        whole.position((int) (position - start)).put(source).rewind().limit(SUBCLUSTER);
        file.write(region.fileOffset(start), whole);
    }

    @Override
    public void zero(long offset, long length) {
        Ranges.check(this, offset, length);
        refuseWhenReadOnly();
        long end = offset + length;
        long position = offset;
        while (position < end) {
            long regionEnd = Math.min(end, (position | (REGION - 1)) + 1);
            if (backing == null && regions.getAcquire((int) (position >> REGION_BITS)) == null) {
                position = regionEnd; // never written, and nothing below: zeros already
                continue;
            }
            Region region = allocatedRegion(position);
            while (position < regionEnd) {
                long partEnd = partEnd(position, regionEnd);
                zeroInCluster(region, position, partEnd);
                position = partEnd;
            }
        }
    }

    private void zeroInCluster(Region region, long offset, long end) {
        Region.Stripe stripe = region.stripe(cluster(offset));
        long wholeStart = Math.min(end, isBoundary(offset) ? offset : nextSubcluster(offset));
        long wholeEnd = Math.max(wholeStart, isBoundary(end) ? end : end & -SUBCLUSTER);
        synchronized (stripe) {
            zeroInSubcluster(region, stripe, offset, wholeStart);
            if (wholeStart < wholeEnd) {
                setState(region, stripe, wholeStart, wholeEnd, ZERO);
            }
            zeroInSubcluster(region, stripe, wholeEnd, end);
        }
    }

    private void zeroInSubcluster(Region region, Region.Stripe stripe, long offset, long end) {
        if (offset == end) {
            return;
        }
        int state = stateAt(offset);
        if (state == ZERO || (state == UNALLOCATED && backing == null)) {
            return;
        }
        ByteBuffer zeros = Ranges.zeros((int) (end - offset));
        if (state == DATA) {
            file.write(region.fileOffset(offset), zeros);
        } else {
            fillUp(region, offset, zeros);
            setState(region, stripe, offset, end, DATA);
        }
    }

    /** Changes the state of all sub-clusters that a range touches; the caller holds the stripe's monitor. */
    private void setState(Region region, Region.Stripe stripe, long offset, long end, int state) {
        boolean changed = false;
        for (long position = offset; position < end; position = partEnd(position, end)) {
            int first = subcluster(position);
            int last = subcluster(partEnd(position, end) - 1);
            long mask = (-1L >>> (Long.SIZE - 1 - last + first)) << first;
            long before = region.bitmap(cluster(position));
            long without = before & ~(mask | (mask << SUBCLUSTERS));
            long after = without | (state == DATA ? mask : mask << SUBCLUSTERS);
            if (after != before) {
                region.setBitmap(cluster(position), after);
                changed = true;
            }
        }
        if (changed && stripe.markDirty()) {
            file.noteDirty(stripe);
        }
    }

    private Region allocatedRegion(long position) {
        int index = (int) (position >> REGION_BITS);
        Region region = regions.getAcquire(index);
        return region != null ? region : allocateRegion(index);
    }

    private synchronized Region allocateRegion(int index) {
        Region region = regions.getAcquire(index);
        if (region == null) {
            region = file.appendRegion(index);
            regions.setRelease(index, region);
        }
        return region;
    }

    @Override
    public void flush() {
        if (!readOnly) {
            file.flush();
        }
    }

    @Override
    public Extent extent(long offset) {
        return extent(offset, size - offset);
    }

    @Override
    public Extent extent(long offset, long most) {
        Ranges.check(this, offset, Math.max(1, most));
        int state = stateAt(offset);
        long length = runEnd(offset, offset + most, state) - offset;
        if (state == DATA) {
            return new Extent(length, State.MAPPED);
        }
        if (state == ZERO || backing == null || offset >= backing.size()) {
            return new Extent(length, State.DEALLOCATED);
        }
        return backing.extent(offset, Math.min(length, backing.size() - offset));
    }

    /**
     * Ends writing for good: flushes, gives the file its final name on the same file system, and makes it read-only. The
     * overlay goes on to be read. Nobody may write meanwhile.
     *
     * @param sealed where the file is afterwards; nothing may be there
     * @throws org.sanboot.ConfigurationException when it cannot be moved there
     */
    void seal(Path sealed) {
        flush();
        file.seal(sealed);
        readOnly = true;
    }

    /** Gives the file another name on the same file system, and replaces what is there. */
    void moveTo(Path path) {
        file.moveTo(path);
    }

    /** Deletes the file and closes the overlay without a flush, in a time that does not depend on what it holds. */
    void discard() {
        readOnly = true;
        file.discard();
        closeBacking();
    }

    private void refuseWhenReadOnly() {
        if (readOnly) {
            throw new BlockIoException(Reason.READ_ONLY, "Disk file " + path() + " is sealed.", null);
        }
    }

    /** {@inheritDoc} What was written is flushed first. */
    @Override
    public void close() {
        if (file.isClosed()) {
            return;
        }
        try {
            flush();
        } finally {
            file.close();
            closeBacking();
        }
    }

    private void closeBacking() {
        if (ownsBacking && backing != null) {
            backing.close();
        }
    }

    private long fileOffset(long position) {
        Region region = regions.getAcquire((int) (position >> REGION_BITS));
        return Objects.requireNonNull(region).fileOffset(position);
    }

    private static int cluster(long position) {
        return (int) (position >> CLUSTER_BITS) & (L2_ENTRIES - 1);
    }

    private static int subcluster(long position) {
        return (int) (position >> SUBCLUSTER_BITS) & (SUBCLUSTERS - 1);
    }

    private static long nextSubcluster(long position) {
        return (position | (SUBCLUSTER - 1)) + 1;
    }
}
