package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.sanboot.windows.Partitions.Partition;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** Reads a GUID partition table: UEFI specification 2.10, section 5.3. */
final class GuidPartitionTable {

    private static final int MOST_ENTRIES = 1024;
    private static final int SMALLEST_ENTRY = 128;
    private static final int LARGEST_ENTRY = 4096;
    private static final int HEADER = 92;
    private static final int CHECKSUM_AT = 16;

    private final Medium disk;
    private final int sectorSize;
    private final Structure header;

    private GuidPartitionTable(Medium disk, int sectorSize, Structure header) {
        this.disk = disk;
        this.sectorSize = sectorSize;
        this.header = header;
    }

    /**
     * Looks for the table at the disk's start, then for its backup at the end. One with wrong checksums is taken only
     * when there is no better one, since some tools do not care about them.
     */
    static Optional<GuidPartitionTable> find(Medium disk, int sectorSize) {
        long last = disk.size() / sectorSize - 1;
        List<GuidPartitionTable> found = new ArrayList<>();
        for (long sector : new long[] {1, last}) {
            if (sector >= 1 && sector <= last) {
                Structure header = disk.read("The GPT header", sector * sectorSize, 512);
                if (header.has(0, "EFI PART")) {
                    found.add(new GuidPartitionTable(disk, sectorSize, header));
                }
            }
        }
        return found.stream()
                .filter(GuidPartitionTable::isWhole)
                .findFirst()
                .or(() -> found.stream().findFirst());
    }

    private boolean isWhole() {
        byte[] bytes = header.bytes(0, HEADER);
        for (int i = 0; i < Integer.BYTES; i++) {
            bytes[CHECKSUM_AT + i] = 0;
        }
        if (header.unsigned32(12) != HEADER || checksum(bytes) != header.unsigned32(CHECKSUM_AT) || !isSensible()) {
            return false;
        }
        long start = header.positive64(72) * sectorSize;
        long length = header.unsigned32(80) * header.unsigned32(84);
        return start <= disk.size() - length
                && checksum(disk.read("The GPT", start, (int) length).bytes(0, (int) length)) == header.unsigned32(88);
    }

    private static long checksum(byte[] bytes) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes);
        return checksum.getValue();
    }

    private boolean isSensible() {
        long entrySize = header.unsigned32(84);
        long at = header.signed64(72);
        return header.unsigned32(80) <= MOST_ENTRIES
                && entrySize >= SMALLEST_ENTRY
                && entrySize <= LARGEST_ENTRY
                && at >= 0
                && at <= disk.size() / sectorSize;
    }

    List<Partition> partitions() {
        long entries = header.signed64(72);
        long count = header.unsigned32(80);
        long entrySize = header.unsigned32(84);
        if (!isSensible()) {
            throw header.damaged("it has %d entries of %d bytes at sector %d".formatted(count, entrySize, entries));
        }
        List<Partition> partitions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Structure entry = disk.read("A GPT entry", entries * sectorSize + i * entrySize, SMALLEST_ENTRY);
            long first = entry.signed64(32);
            long last = entry.signed64(40);
            if ((entry.signed64(0) | entry.signed64(8)) != 0 && inOrder(first, last)) {
                partitions.add(new Partition(i + 1, first * sectorSize, (last - first + 1) * sectorSize));
            }
        }
        return partitions;
    }

    private boolean inOrder(long first, long last) {
        return first > 0 && last >= first && last < disk.size() / sectorSize;
    }
}
