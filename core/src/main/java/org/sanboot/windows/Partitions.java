package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** Reads partition tables: MBR with logical partitions, and GPT, for sectors of 512 and of 4096 bytes. */
final class Partitions {

    private static final int[] SECTOR_SIZES = {512, 4096};
    private static final int FIRST_ENTRY = 0x1be;
    private static final int ENTRY_SIZE = 16;
    private static final int PROTECTIVE = 0xee;
    private static final int MOST_LOGICAL = 128;

    /**
     * A part of a disk.
     *
     * @param number as Linux counts them: logical ones from 5; 0 for a disk without a table
     * @param start in bytes
     * @param length in bytes
     */
    record Partition(int number, long start, long length) {

        Medium on(Medium disk) {
            return disk.part("Partition " + number, start, length);
        }
    }

    private Partitions() {}

    /** Lists the partitions that lie on the disk, for each sector size that makes sense of the table. */
    static List<Partition> of(Medium disk) {
        if (disk.size() < 512 || !isTable(disk.read("The partition table", 0, 512))) {
            return List.of();
        }
        List<Partition> partitions = new ArrayList<>();
        for (int sectorSize : SECTOR_SIZES) {
            of(disk, sectorSize).stream()
                    .filter(partition -> partition.start() > 0
                            && partition.length() > 0
                            && partition.start() <= disk.size() - partition.length())
                    .filter(partition -> !partitions.contains(partition))
                    .forEach(partitions::add);
        }
        return partitions;
    }

    /** A GPT counts only behind a protective MBR: another tool's MBR leaves the old headers where they are. */
    private static List<Partition> of(Medium disk, int sectorSize) {
        return isProtective(disk)
                ? GuidPartitionTable.find(disk, sectorSize)
                        .map(GuidPartitionTable::partitions)
                        .orElseGet(() -> mbr(disk, sectorSize))
                : mbr(disk, sectorSize);
    }

    private static boolean isProtective(Medium disk) {
        Structure table = disk.read("The partition table", 0, 512);
        return IntStream.range(0, 4).anyMatch(entry -> type(table, entry) == PROTECTIVE);
    }

    private static List<Partition> mbr(Medium disk, int sectorSize) {
        Structure table = disk.read("The partition table", 0, 512);
        List<Partition> partitions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int type = type(table, i);
            long start = start(table, i) * sectorSize;
            if (isExtended(type)) {
                addLogical(disk, start, sectorSize, partitions);
            } else if (type != 0 && type != PROTECTIVE) {
                partitions.add(new Partition(i + 1, start, length(table, i) * sectorSize));
            }
        }
        return partitions;
    }

    /** Each logical partition stands in a table of its own, which also leads to the next one. */
    private static void addLogical(Medium disk, long extended, int sectorSize, List<Partition> partitions) {
        long at = extended;
        for (int number = 5; number < 5 + MOST_LOGICAL; number++) {
            if (at > disk.size() - 512) {
                return;
            }
            Structure table = disk.read("A logical partition's table", at, 512);
            if (!isTable(table)) {
                return;
            }
            if (type(table, 0) != 0) {
                partitions.add(new Partition(number, at + start(table, 0) * sectorSize, length(table, 0) * sectorSize));
            }
            if (!isExtended(type(table, 1))) {
                return;
            }
            at = extended + start(table, 1) * sectorSize;
        }
    }

    private static boolean isTable(Structure sector) {
        return sector.unsigned16(510) == 0xaa55;
    }

    private static boolean isExtended(int type) {
        return type == 0x05 || type == 0x0f || type == 0x85;
    }

    private static int type(Structure table, int entry) {
        return table.unsigned8(FIRST_ENTRY + ENTRY_SIZE * entry + 4);
    }

    private static long start(Structure table, int entry) {
        return table.unsigned32(FIRST_ENTRY + ENTRY_SIZE * entry + 8);
    }

    private static long length(Structure table, int entry) {
        return table.unsigned32(FIRST_ENTRY + ENTRY_SIZE * entry + 12);
    }
}
