package org.sanboot.block;

import static org.sanboot.block.OverlayLayout.CLUSTER;
import static org.sanboot.block.OverlayLayout.L2_ENTRIES;
import static org.sanboot.block.OverlayLayout.L2_ENTRY;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BlockIoException.Reason;

/**
 * An overlay's file and its metadata. Whatever refers to something is written after it, so that the file is valid at any
 * instant; an end of the process between two steps leaks at most the clusters of one region.
 */
final class OverlayFile implements AutoCloseable {

    /** How many parts of L2 tables are on their way at once in a flush to the host's disk. */
    private static final int BATCH = 256;

    private static final int STRIPE_LENGTH = Region.STRIPE_CLUSTERS * L2_ENTRY;

    private final PositionalFile file;
    private final OverlayLayout layout;
    private final Durability durability;
    private final @Nullable Layer backing;
    private final ConcurrentLinkedQueue<Region.Stripe> dirty = new ConcurrentLinkedQueue<>();
    private final ByteBuffer l2Buffer = ByteBuffer.allocateDirect(STRIPE_LENGTH);
    private volatile boolean closed;

    /** Where the next region goes; guarded by the overlay, which appends one at a time. */
    private long nextFree;

    private OverlayFile(PositionalFile file, OverlayLayout layout, @Nullable Layer backing, Durability durability) {
        this.file = file;
        this.layout = layout;
        this.backing = backing;
        this.durability = durability;
        this.nextFree = layout.regionsOffset();
    }

    static OverlayFile create(
            Path path,
            Qcow2Header.@Nullable Backing backing,
            OverlayLayout layout,
            Durability durability,
            PositionalFile.Opener opener) {
        if (backing != null && backing.file().getBytes(StandardCharsets.UTF_8).length > Qcow2Header.MAX_BACKING_FILE) {
            throw new ConfigurationException("The path of disk file %s is longer than the %d bytes that qcow2 allows."
                    .formatted(backing.file(), Qcow2Header.MAX_BACKING_FILE));
        }
        PositionalFile file = PositionalFile.create(path, opener);
        OverlayFile created = new OverlayFile(file, layout, null, durability);
        try {
            created.writeEmptyTables();
            file.write(0, layout.header(backing).encode());
            return created;
        } catch (RuntimeException e) {
            created.discard();
            throw e;
        }
    }

    private void writeEmptyTables() {
        ByteBuffer refcountTable = ByteBuffer.allocate(layout.refcountBlocks() * Long.BYTES);
        for (int block = 0; block < layout.refcountBlocks(); block++) {
            refcountTable.putLong(OverlayLayout.REFCOUNTS + (long) block * CLUSTER);
        }
        file.write(OverlayLayout.REFCOUNT_TABLE, refcountTable.flip());
        file.write(layout.l1Offset(), Ranges.zeros(layout.regions() * Long.BYTES));
        writeRefcounts(0, nextFree / CLUSTER, true);
    }

    /**
     * Sets the refcounts of clusters, which are bits with the lowest first. Below {@code from} all bits are set, and from
     * {@code to} on none is.
     */
    private void writeRefcounts(long from, long to, boolean used) {
        long firstByte = from / 8;
        ByteBuffer bytes = ByteBuffer.allocate((int) ((to + 7) / 8 - firstByte));
        long setUpTo = used ? to : from;
        for (long index = firstByte; bytes.hasRemaining(); index++) {
            long bits = Math.max(0, Math.min(8, setUpTo - index * 8));
            bytes.put((byte) ((1 << bits) - 1));
        }
        file.write(OverlayLayout.REFCOUNTS + firstByte, bytes.flip());
    }

    OverlayLayout layout() {
        return layout;
    }

    Path path() {
        return file.path();
    }

    void read(long offset, ByteBuffer destination) {
        file.read(offset, destination);
    }

    void write(long offset, ByteBuffer source) {
        file.write(offset, source);
    }

    /** Gives a region its place: refcounts, then an L2 table without data, then the L1 entry that makes it count. */
    Region appendRegion(int index) {
        int clusters = layout.clustersIn(index);
        Region region = new Region(nextFree, clusters);
        long firstCluster = nextFree / CLUSTER;
        long endCluster = firstCluster + clusters + 1;
        ByteBuffer table = ByteBuffer.allocate(CLUSTER);
        region.encode(0, L2_ENTRIES, table);
        try {
            file.write(region.l2Offset(), table.flip());
            writeRefcounts(firstCluster, endCluster, true);
            forceIfDurable();
            file.write(
                    l1EntryOffset(index),
                    ByteBuffer.allocate(Long.BYTES).putLong(region.l1Entry()).flip());
        } catch (BlockIoException e) {
            takeBackRefcounts(firstCluster, endCluster, e);
            throw e;
        }
        nextFree = endCluster * CLUSTER;
        return region;
    }

    private void takeBackRefcounts(long firstCluster, long endCluster, BlockIoException reason) {
        try {
            writeRefcounts(firstCluster, endCluster, false);
        } catch (BlockIoException e) {
            reason.addSuppressed(e); // what could not be set need not be taken back
        }
    }

    private long l1EntryOffset(int index) {
        return layout.l1Offset() + (long) index * Long.BYTES;
    }

    /** Notes that a part of an L2 table is to be written at the next flush. */
    void noteDirty(Region.Stripe stripe) {
        dirty.add(stripe);
    }

    /**
     * Brings the L2 tables up to date, and with {@link Durability#HOST} everything to the host's disk. Whatever of the tables
     * was not written, or not brought there, is tried again by the next flush.
     */
    synchronized void flush() {
        switch (durability) {
            case PROCESS -> flushToPageCache();
            case HOST -> flushToDisk();
        }
    }

    private void flushToPageCache() {
        Region.Stripe stripe;
        while ((stripe = dirty.poll()) != null) {
            stripe.encode(l2Buffer.clear());
            try {
                file.write(stripe.fileOffset(), l2Buffer.flip());
            } catch (RuntimeException e) {
                noteDirtyAgain(stripe);
                throw e;
            }
        }
    }

    /**
     * On the disk, too, an L2 entry must never be ahead of its data, which a power cut would replace by zeros. What was
     * written since the last force counts as not written when one fails: the host forgets it then (fsync(2), "Bugs").
     */
    private void flushToDisk() {
        List<Region.Stripe> unsafe = new ArrayList<>();
        try {
            boolean more;
            do {
                List<ByteBuffer> encoded = new ArrayList<>();
                int first = unsafe.size();
                more = takeBatch(unsafe, encoded);
                file.force();
                // What earlier batches wrote is safe by now.
                unsafe.subList(0, first).clear();
                for (int i = 0; i < encoded.size(); i++) {
                    file.write(unsafe.get(i).fileOffset(), encoded.get(i));
                }
            } while (more);
            if (!unsafe.isEmpty()) {
                file.force();
            }
        } catch (RuntimeException e) {
            unsafe.forEach(this::noteDirtyAgain);
            throw e;
        }
    }

    /** Takes some parts of tables as they are now; returns whether there may be more. */
    private boolean takeBatch(List<Region.Stripe> batch, List<ByteBuffer> encoded) {
        for (int count = 0; count < BATCH; count++) {
            Region.Stripe stripe = dirty.poll();
            if (stripe == null) {
                return false;
            }
            batch.add(stripe);
            ByteBuffer part = ByteBuffer.allocate(STRIPE_LENGTH);
            stripe.encode(part);
            encoded.add(part.flip());
        }
        return true;
    }

    private void noteDirtyAgain(Region.Stripe stripe) {
        synchronized (stripe) {
            if (stripe.markDirty()) {
                noteDirty(stripe);
            }
        }
    }

    private void forceIfDurable() {
        switch (durability) {
            case PROCESS -> {}
            case HOST -> file.force();
        }
    }

    static OverlayFile open(Path path, Durability durability) {
        PositionalFile file = PositionalFile.openForWriting(path, FileChannel::open);
        try {
            Qcow2Header header = Qcow2Header.read(file);
            OverlayLayout layout = OverlayLayout.of(header.size());
            if (!layout.header(header.backing()).equals(header)) {
                throw changed(path);
            }
            return new OverlayFile(file, layout, Qcow2Disk.openBacking(path, header), durability);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    @Nullable
    Layer backing() {
        return backing;
    }

    /** Reads all tables. A region that a killed writer began but did not finish is free again. */
    void load(AtomicReferenceArray<@Nullable Region> regions) {
        ByteBuffer l1 = ByteBuffer.allocate(layout.regions() * Long.BYTES);
        file.read(layout.l1Offset(), l1);
        ByteBuffer table = ByteBuffer.allocate(CLUSTER);
        long length = file.size();
        long taken = layout.regionsOffset();
        for (int index = 0; index < layout.regions(); index++) {
            long entry = l1.getLong(index * Long.BYTES);
            if (entry == 0) {
                continue;
            }
            Region region = Region.atL2Table(entry & Long.MAX_VALUE, layout.clustersIn(index));
            long end = region.l2Offset() + CLUSTER;
            if (region.l2Offset() % CLUSTER != 0 || end > length || end < layout.regionsOffset()) {
                throw changed(path());
            }
            file.read(region.l2Offset(), table.clear());
            if (region.l1Entry() != entry || !region.decode(table)) {
                throw changed(path());
            }
            regions.set(index, region);
            nextFree = Math.max(nextFree, end);
            taken += (layout.clustersIn(index) + 1L) * CLUSTER;
        }
        if (taken != nextFree) {
            throw changed(path()); // regions lie without gaps
        }
        long firstFree = nextFree / CLUSTER;
        writeRefcounts(firstFree, Math.min(layout.refcounts(), firstFree + L2_ENTRIES + 1), false);
    }

    private static ConfigurationException changed(Path path) {
        return new ConfigurationException(
                "Disk file %s was made or changed by another program and cannot be written on; put a new overlay on it."
                        .formatted(path));
    }

    /** Makes the file read-only, and gives it another name unless that fails. */
    void seal(Path sealed) {
        Path from = path();
        if (Files.exists(sealed)) {
            throw new ConfigurationException(
                    "Disk file %s cannot be kept as %s: that is there already.".formatted(from, sealed));
        }
        try {
            Files.move(from, sealed, StandardCopyOption.ATOMIC_MOVE);
            file.sealedAs(sealed);
            Files.setPosixFilePermissions(sealed, PosixFilePermissions.fromString("r--r--r--"));
        } catch (AtomicMoveNotSupportedException e) {
            throw new ConfigurationException(
                    "Disk file %s cannot be kept as %s: that is another file system; choose a place on the same one."
                            .formatted(from, sealed),
                    e);
        } catch (FileSystemException e) {
            throw new ConfigurationException("Disk file %s cannot be kept as %s: %s.".formatted(from, sealed, e), e);
        } catch (IOException e) {
            throw new InfrastructureException("Disk file %s cannot be kept as %s: %s.".formatted(from, sealed, e), e);
        }
    }

    void moveTo(Path path) {
        try {
            Files.move(path(), path, StandardCopyOption.ATOMIC_MOVE);
            file.movedTo(path);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "Disk file %s cannot be renamed to %s: %s.".formatted(path(), path, e), e);
        }
    }

    /** Deletes the file; the host frees its space in the background. */
    void discard() {
        closed = true;
        try {
            Files.deleteIfExists(path());
        } catch (IOException e) {
            throw new BlockIoException(Reason.MEDIUM, "Disk file " + path() + " cannot be deleted: " + e + ".", e);
        } finally {
            Thread closer = new Thread(file::close, "sanboot-discard");
            closer.setDaemon(true);
            closer.start();
        }
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        file.close();
    }
}
