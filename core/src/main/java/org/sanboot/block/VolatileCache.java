package org.sanboot.block;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.sanboot.block.BlockDevice.Extent.State;

/**
 * A disk that loses a part of what was not flushed when its power is cut, as one with a volatile write cache does.
 *
 * <p>Off until {@link #arm}, and then all writes go to the disk below at once; what they overwrite is remembered until a
 * flush, and some of it comes back with {@link #losePower}. The cache is 64 MiB large: what no longer
 * fits was written back, the oldest first. Any number of threads may use it; while it is armed, they write one after the
 * other.
 */
public final class VolatileCache implements BlockDevice {

    private static final int CAPACITY = 64 << 20;

    private static final int SECTOR = 512;

    /** A longer write may tear anywhere, so it may as well be remembered in parts. */
    private static final int PIECE = 256 << 10;

    /** What a remembered write takes beside its bytes, about. */
    private static final int OVERHEAD = 128;

    private final BlockDevice disk;
    private final long capacity;
    private final Object lock = new Object();
    private volatile boolean armed;

    /** Guarded by the lock, as is all that follows; the oldest write is the first. */
    private final ArrayDeque<Unflushed> unflushed = new ArrayDeque<>();

    private long held;
    private long seed;

    /**
     * Puts a cache before a disk.
     *
     * @param disk closed with the cache
     */
    public VolatileCache(BlockDevice disk) {
        this(disk, CAPACITY);
    }

    VolatileCache(BlockDevice disk, long capacity) {
        this.disk = disk;
        this.capacity = capacity;
    }

    /** A write that a power cut may take back, and what it overwrote. */
    private static final class Unflushed {

        private final long firstSector;
        private final byte[] before;

        /** Sectors that a flush made safe. */
        private final BitSet safe = new BitSet();

        Unflushed(long firstSector, byte[] before) {
            this.firstSector = firstSector;
            this.before = before;
        }

        int sectors() {
            return before.length / SECTOR;
        }

        int size() {
            return before.length + OVERHEAD;
        }

        void makeSafe(long first, long end) {
            int from = (int) Math.max(0, first - firstSector);
            int to = (int) Math.min(sectors(), end - firstSector);
            if (from < to) {
                safe.set(from, to);
            }
        }
    }

    /**
     * Begins to remember; what was written before is safe.
     *
     * @param newSeed decides, together with where a write lies and how many came there before it, what becomes of it
     */
    public void arm(long newSeed) {
        synchronized (lock) {
            writeBack();
            seed = newSeed;
            armed = true;
        }
    }

    /** Remembers no more; what was written is safe. */
    public void disarm() {
        synchronized (lock) {
            armed = false;
            writeBack();
        }
    }

    /** Makes all that was written safe, as a disk does that is switched off in good order. */
    public void writeBack() {
        synchronized (lock) {
            unflushed.clear();
            held = 0;
        }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        change(offset, source.remaining(), false, () -> disk.write(offset, source));
    }

    @Override
    public void zero(long offset, long length) {
        change(offset, length, true, () -> disk.zero(offset, length));
    }

    private void change(long offset, long length, boolean zeroes, Runnable change) {
        if (armed) {
            synchronized (lock) {
                if (armed) {
                    Ranges.check(this, offset, length);
                    remember(offset, length, zeroes);
                    change.run();
                    return;
                }
            }
        }
        change.run();
    }

    private void remember(long offset, long length, boolean zeroes) {
        long end = Ranges.roundUp(offset + length, SECTOR);
        for (long at = offset / SECTOR * SECTOR; at < end; ) {
            int count = (int) Math.min(PIECE, end - at);
            long empty = zeroes ? deallocated(at, end) : 0;
            if (empty == 0) {
                byte[] before = new byte[count];
                disk.read(at, ByteBuffer.wrap(before));
                add(new Unflushed(at / SECTOR, before));
            }
            at += empty == 0 ? count : empty;
        }
    }

    /** Returns how much is zero already: zeroing a whole thin disk must not push everything else out of the cache. */
    private long deallocated(long offset, long end) {
        Extent extent = disk.extent(offset, Math.min(end, disk.size()) - offset);
        return extent.state() == State.DEALLOCATED ? extent.length() / SECTOR * SECTOR : 0;
    }

    private void add(Unflushed write) {
        unflushed.add(write);
        held += write.size();
        while (held > capacity) {
            held -= unflushed.remove().size();
        }
    }

    @Override
    public void flush() {
        if (armed) {
            writeBack();
        }
        disk.flush();
    }

    @Override
    public void flush(long offset, long length) {
        if (armed) {
            synchronized (lock) {
                long first = offset / SECTOR;
                long end = Ranges.roundUp(offset + length, SECTOR) / SECTOR;
                unflushed.forEach(write -> write.makeSafe(first, end));
            }
        }
        disk.flush(offset, length);
    }

    /**
     * Loses a part of what was not flushed. Of each write all is lost, or nothing, or each sector by a throw of its own; a
     * sector that was written several times keeps the newest version that is not lost. The cache is as armed as before.
     *
     * @throws BlockIoException when the disk below fails
     */
    public void losePower() {
        synchronized (lock) {
            List<Fate> fates = fates();
            Set<Long> settled = new HashSet<>();
            // From the newest to the oldest, so that taking a write back brings the one before it to light.
            for (int i = fates.size() - 1; i >= 0; i--) {
                takeBack(fates.get(i), settled);
            }
            writeBack();
        }
    }

    private record Fate(Unflushed write, BitSet lost) {}

    private List<Fate> fates() {
        Map<Long, Integer> writesThere = new HashMap<>();
        List<Fate> fates = new ArrayList<>();
        for (Unflushed write : unflushed) {
            int earlier = writesThere.merge(write.firstSector, 1, Integer::sum);
            fates.add(new Fate(write, lost(write, earlier)));
        }
        return fates;
    }

    private BitSet lost(Unflushed write, int earlier) {
        // By place and not by order of arrival, which is never the same in two boots of a guest.
        SplittableRandom random = new SplittableRandom(
                seed + 31 * write.firstSector + 1_000_003L * write.sectors() + ((long) earlier << 48));
        BitSet lost = new BitSet();
        switch (random.split().nextInt(3)) {
            case 0 -> lost.set(0, write.sectors());
            case 1 -> {
                // Nothing is lost.
            }
            default -> {
                for (int i = 0; i < write.sectors(); i++) {
                    lost.set(i, random.nextBoolean());
                }
            }
        }
        return lost;
    }

    /** Undoes the lost sectors of a write, but for those of which a newer version stays. */
    private void takeBack(Fate fate, Set<Long> settled) {
        Unflushed write = fate.write();
        BitSet undo = new BitSet();
        for (int i = 0; i < write.sectors(); i++) {
            long sector = write.firstSector + i;
            boolean stays = write.safe.get(i) || !fate.lost().get(i);
            if (stays) {
                settled.add(sector);
            } else if (!settled.contains(sector)) {
                undo.set(i);
            }
        }
        for (int from = undo.nextSetBit(0); from >= 0; ) {
            int end = undo.nextClearBit(from);
            ByteBuffer before = ByteBuffer.wrap(write.before, from * SECTOR, (end - from) * SECTOR);
            disk.write((write.firstSector + from) * SECTOR, before);
            from = undo.nextSetBit(end);
        }
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public boolean isReadOnly() {
        return disk.isReadOnly();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        disk.read(offset, destination);
    }

    @Override
    public Extent extent(long offset) {
        return disk.extent(offset);
    }

    @Override
    public Extent extent(long offset, long length) {
        return disk.extent(offset, length);
    }

    @Override
    public void close() {
        disk.close();
    }
}
