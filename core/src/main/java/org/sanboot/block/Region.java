package org.sanboot.block;

import static org.sanboot.block.OverlayLayout.CLUSTER;
import static org.sanboot.block.OverlayLayout.L2_ENTRIES;
import static org.sanboot.block.OverlayLayout.L2_ENTRY;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * What an overlay knows of 1 GiB of its disk: one bitmap per cluster, as in the second half of an extended L2 entry. The
 * lower 32 bits say which sub-clusters have data in this file, the upper 32 which are zero; neither means that the
 * backing file is asked.
 *
 * <p>Reads are free of locks. A bitmap is changed by the holder of its stripe's monitor only.
 */
final class Region {

    /** The part that one lock covers and that is written as a whole: 4 KiB of the L2 table, 32 MiB of the disk. */
    static final int STRIPE_CLUSTERS = 256;

    private static final int STRIPES = L2_ENTRIES / STRIPE_CLUSTERS;
    private static final long COPIED = 1L << 63;
    private static final VarHandle BITMAP = MethodHandles.arrayElementVarHandle(long[].class);

    private final long dataOffset;
    private final int clusters;
    private final long[] bitmaps;
    private final Stripe[] stripes;

    /**
     * Describes a region nothing of which is in this file.
     *
     * @param dataOffset where its first cluster lies in the file
     * @param clusters how many it has; its L2 table follows on them
     */
    Region(long dataOffset, int clusters) {
        this.dataOffset = dataOffset;
        this.clusters = clusters;
        this.bitmaps = new long[L2_ENTRIES];
        this.stripes = new Stripe[STRIPES];
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe(this, i);
        }
    }

    static Region atL2Table(long l2Offset, int clusters) {
        return new Region(l2Offset - (long) clusters * CLUSTER, clusters);
    }

    /** Returns where a byte of the disk, which lies in this region, has its place in the file. */
    long fileOffset(long position) {
        return dataOffset + (position & OverlayLayout.REGION - 1);
    }

    long l2Offset() {
        return dataOffset + (long) clusters * CLUSTER;
    }

    /** Returns the region's entry in the L1 table. */
    long l1Entry() {
        return COPIED | l2Offset();
    }

    Stripe stripe(int cluster) {
        return stripes[cluster / STRIPE_CLUSTERS];
    }

    long bitmap(int cluster) {
        return (long) BITMAP.getAcquire(bitmaps, cluster);
    }

    void setBitmap(int cluster, long bitmap) {
        BITMAP.setRelease(bitmaps, cluster, bitmap);
    }

    /** Appends the L2 entries of the clusters from {@code first} on, as many as there are up to {@code end}. */
    void encode(int first, int end, ByteBuffer target) {
        for (int cluster = first; cluster < end; cluster++) {
            boolean exists = cluster < clusters;
            target.putLong(exists ? COPIED | dataOffset + (long) cluster * CLUSTER : 0);
            target.putLong(exists ? bitmap(cluster) : 0);
        }
    }

    /**
     * Takes over an L2 table.
     *
     * @return whether every cluster is in its place
     */
    boolean decode(ByteBuffer table) {
        for (int cluster = 0; cluster < L2_ENTRIES; cluster++) {
            long expected = cluster < clusters ? COPIED | dataOffset + (long) cluster * CLUSTER : 0;
            long bitmap = table.getLong(cluster * L2_ENTRY + Long.BYTES);
            if (table.getLong(cluster * L2_ENTRY) != expected || ((int) bitmap & (int) (bitmap >>> 32)) != 0) {
                return false;
            }
            setBitmap(cluster, bitmap);
        }
        return true;
    }

    /** A lock, and the part of the L2 table that it covers. */
    static final class Stripe {

        private final Region region;
        private final int index;

        /** Whether the file's L2 table is behind; guarded by this stripe's monitor. */
        private boolean dirty;

        Stripe(Region region, int index) {
            this.region = region;
            this.index = index;
        }

        /**
         * Notes a change of a bitmap; the caller holds the monitor.
         *
         * @return whether it is the first since the last {@link #encode}
         */
        boolean markDirty() {
            boolean first = !dirty;
            dirty = true;
            return first;
        }

        long fileOffset() {
            return region.l2Offset() + (long) index * STRIPE_CLUSTERS * L2_ENTRY;
        }

        /** Appends this part of the L2 table as it is now, which counts as written from here on. */
        synchronized void encode(ByteBuffer target) {
            dirty = false;
            region.encode(index * STRIPE_CLUSTERS, (index + 1) * STRIPE_CLUSTERS, target);
        }
    }
}
