package org.sanboot.windows.ntfs;

import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * The sizes that the boot sector gives.
 *
 * @param sectorSize bytes, 256 to 4096
 * @param clusterSize bytes, up to 2 MiB
 * @param clusters how many whole clusters the volume has
 * @param mftCluster where the master file table starts
 * @param recordSize bytes of a file record
 */
record Geometry(int sectorSize, int clusterSize, long clusters, long mftCluster, int recordSize) {

    static final int BOOT_SECTOR_SIZE = 512;

    private static final int SMALLEST_SECTOR = 256;
    private static final int LARGEST_SECTOR = 4096;
    private static final int LARGEST_CLUSTER = 2 << 20;
    private static final int SMALLEST_RECORD = 512;
    private static final int LARGEST_RECORD = 64 << 10;

    static Geometry parse(Structure boot, Medium volume) {
        int sectorSize = powerOfTwo(boot, "sector", boot.unsigned16(0x0b), SMALLEST_SECTOR, LARGEST_SECTOR);
        int sectorsPerCluster = boot.unsigned8(0x0d);
        // Above 128 sectors the byte holds a negative exponent (clusters beyond 64 KiB, Windows 10 1709 and later).
        long clusterSize =
                sectorSize * (sectorsPerCluster > 128 ? 1L << (256 - sectorsPerCluster) : (long) sectorsPerCluster);
        int cluster = powerOfTwo(boot, "cluster", clusterSize, sectorSize, LARGEST_CLUSTER);
        long sectors = boot.positive64(0x28);
        if (sectors > volume.size() / sectorSize) {
            throw boot.damaged("the volume should have %d sectors of %d bytes, but its partition ends after %d"
                    .formatted(sectors, sectorSize, volume.size() / sectorSize));
        }
        long clusters = sectors / (cluster / sectorSize);
        int recordSize = powerOfTwo(boot, "file record", recordSize(boot, cluster), SMALLEST_RECORD, LARGEST_RECORD);
        long mftCluster = boot.positive64(0x30);
        if (mftCluster >= clusters) {
            throw boot.damaged("the master file table starts outside of the volume");
        }
        return new Geometry(sectorSize, cluster, clusters, mftCluster, recordSize);
    }

    /** A positive byte counts clusters, a negative one is an exponent of two. */
    private static long recordSize(Structure boot, int clusterSize) {
        byte encoded = (byte) boot.unsigned8(0x40);
        return encoded > 0 ? (long) encoded * clusterSize : 1L << Math.min(-encoded, 62);
    }

    private static int powerOfTwo(Structure boot, String what, long size, int smallest, int largest) {
        if (size < smallest || size > largest || Long.bitCount(size) != 1) {
            throw boot.damaged("the %s size is %d".formatted(what, size));
        }
        return (int) size;
    }
}
