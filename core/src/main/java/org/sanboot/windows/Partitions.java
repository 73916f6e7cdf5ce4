package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** Reads partition tables: MBR with logical partitions, and GPT, for sectors of 512 and of 4096 bytes. */
final class Partitions {

    private static final int[] SECTOR_SIZES = {512, 4096};
    private static final int FIRST_ENTRY = 0x1be;
    private static final int ENTRY_SIZE = 16;
    private static final int PROTECTIVE = 0xee;
    private static final int MOST_LOGICAL = 128;
    private static final int MOST_GPT_ENTRIES = 1024;

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
            List<Partition> found = isGpt(disk, sectorSize) ? gpt(disk, sectorSize) : mbr(disk, sectorSize);
            found.stream()
                    .filter(partition -> partition.start() > 0
                            && partition.length() > 0
                            && partition.start() <= disk.size() - partition.length())
                    .filter(partition -> !partitions.contains(partition))
                    .forEach(partitions::add);
        }
        return partitions;
    }

    private static boolean isGpt(Medium disk, int sectorSize) {
        return disk.size() >= 2L * sectorSize
                && disk.read("The GPT header", sectorSize, 512).has(0, "EFI PART");
    }

    /** UEFI specification 2.10, section 5.3. */
    private static List<Partition> gpt(Medium disk, int sectorSize) {
        Structure header = disk.read("The GPT header", sectorSize, 512);
        long entries = header.positive64(72);
        long count = header.unsigned32(80);
        long entrySize = header.unsigned32(84);
        if (count > MOST_GPT_ENTRIES || entrySize < 128 || entrySize > 4096 || entries > disk.size() / sectorSize) {
            throw header.damaged("it has %d entries of %d bytes at sector %d".formatted(count, entrySize, entries));
        }
        List<Partition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Structure entry = disk.read("A GPT entry", entries * sectorSize + i * entrySize, 128);
            long first = entry.signed64(32);
            long last = entry.signed64(40);
            if ((entry.signed64(0) | entry.signed64(8)) != 0 && inOrder(disk, first, last, sectorSize)) {
                partitions.add(new Partition(i + 1, first * sectorSize, (last - first + 1) * sectorSize));
            }
        }
        return partitions;
    }

    private static boolean inOrder(Medium disk, long first, long last, int sectorSize) {
        return first > 0 && last >= first && last < disk.size() / sectorSize;
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
