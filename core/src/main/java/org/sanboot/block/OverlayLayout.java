package org.sanboot.block;

import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/**
 * Where everything lies in an {@link Overlay}'s file; arithmetic only, offsets in bytes.
 *
 * <pre>
 * cluster 0        header, backing file name
 * cluster 1        refcount table: complete from the start
 * clusters 2…      refcount blocks: one gapless array of one bit per cluster, holes until used
 * then             L1 table
 * then, per region as first touched:  its data clusters (holes until written), its L2 table
 * </pre>
 *
 * A region is what one L2 table describes, 1 GiB of the disk. Within it, guest cluster n lies n clusters after the
 * region's start. Since whole regions are appended, every cluster below {@code nextFree} has a refcount of 1, and every
 * one above has 0.
 *
 * @param size of the disk
 * @param refcountBlocks how many clusters the refcount blocks take
 */
record OverlayLayout(long size, int refcountBlocks) {

    static final int CLUSTER_BITS = 17;
    static final int CLUSTER = 1 << CLUSTER_BITS;
    static final int SUBCLUSTER_BITS = 12;
    static final int SUBCLUSTER = 1 << SUBCLUSTER_BITS;
    static final int SUBCLUSTERS = CLUSTER / SUBCLUSTER;
    /** Bytes of an extended L2 entry: the host offset, and the bitmap of its sub-clusters. */
    static final int L2_ENTRY = 16;

    static final int L2_ENTRIES = CLUSTER / L2_ENTRY;
    static final int REGION_BITS = CLUSTER_BITS + 13;
    static final long REGION = 1L << REGION_BITS;
    static final long MAX_SIZE = 16L << 40;
    static final int SECTOR = 512;

    static final long REFCOUNT_TABLE = CLUSTER;
    static final long REFCOUNTS = 2L * CLUSTER;
    private static final long CLUSTERS_PER_REFCOUNT_BLOCK = 8L * CLUSTER;

    static OverlayLayout of(long size) {
        if (size < SECTOR || size > MAX_SIZE || size % SECTOR != 0) {
            throw new ConfigurationException(
                    "A disk of %d bytes cannot be made: its size must be a multiple of %d bytes, up to 16 TiB."
                            .formatted(size, SECTOR));
        }
        long without = 3 + clusters(size) + regions(size);
        long blocks = (without - 1) / (CLUSTERS_PER_REFCOUNT_BLOCK - 1) + 1; // each block counts itself as well
        return new OverlayLayout(size, (int) blocks);
    }

    private static long clusters(long size) {
        return Ranges.roundUp(size, CLUSTER) / CLUSTER;
    }

    private static int regions(long size) {
        return (int) (Ranges.roundUp(size, REGION) / REGION);
    }

    int regions() {
        return regions(size);
    }

    /** Returns how many clusters of the disk a region has; the last may have fewer than the rest. */
    int clustersIn(int region) {
        return (int) Math.min(L2_ENTRIES, clusters(size) - (long) region * L2_ENTRIES);
    }

    /** Returns how many clusters there are refcounts for. */
    long refcounts() {
        return refcountBlocks * CLUSTERS_PER_REFCOUNT_BLOCK;
    }

    long l1Offset() {
        return REFCOUNTS + (long) refcountBlocks * CLUSTER;
    }

    /** Returns where the first region starts. */
    long regionsOffset() {
        return l1Offset() + CLUSTER;
    }

    Qcow2Header header(Qcow2Header.@Nullable Backing backing) {
        return new Qcow2Header(
                3,
                CLUSTER_BITS,
                size,
                regions(),
                l1Offset(),
                REFCOUNT_TABLE,
                1,
                0,
                Qcow2Header.EXTENDED_L2,
                0,
                backing);
    }
}
