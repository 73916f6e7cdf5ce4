package org.sanboot.windows.registry;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * What was written to a hive at once, as a log tells it: one of the entries of a new log ({@code HvLE}), or all of an old
 * one ({@code DIRT}).
 *
 * @param sequence the number that the hive has after it, unsigned
 * @param binsSize how large the hive's bins are after it, in bytes
 * @param transactionsPending a flag of the base block
 * @param pages what is to be overwritten
 * @param end where it ends in the log, in bytes
 */
record LogEntry(int sequence, int binsSize, boolean transactionsPending, List<Page> pages, long end) {

    /** Far more than Windows writes at once. */
    private static final int LARGEST = 64 << 20;

    private static final int SECTOR = 512;
    private static final int HEADER = 40;
    private static final int HASH_1_AT = 24;
    private static final int HASH_2_AT = 32;
    private static final int REFERENCE = 8;
    private static final int MOST_AT_ONCE = 1 << 16;

    /**
     * Bytes for the hive.
     *
     * @param offset in its bins
     * @param length in bytes
     * @param inLog where they stand in the log
     */
    record Page(int offset, int length, long inLog) {}

    /** Tells whether an entry of a new log may be at an offset; what follows the last one has no meaning. */
    static boolean isAt(String name, Medium log, long at) {
        return at <= log.size() - SECTOR && log.read(name, at, SECTOR).has(0, "HvLE");
    }

    /** Reads an entry of a new log; one that is not whole counts as damaged. */
    static LogEntry read(String name, Medium log, long at) {
        Structure header = log.read(name, at, HEADER);
        if (new Marvin32(Marvin32.LOG_SEED).add(header.bytes(0, HASH_2_AT)).end() != header.signed64(HASH_2_AT)) {
            throw header.damaged("the entry at %d is not whole: its Hash-2 is wrong".formatted(at));
        }
        long size = header.unsigned32(4);
        if (size < SECTOR || size % SECTOR != 0 || size > LARGEST || size > log.size() - at) {
            throw header.damaged("the entry at %d has %d bytes".formatted(at, size));
        }
        if (hash(name, log, at + HEADER, at + size) != header.signed64(HASH_1_AT)) {
            throw header.damaged("the entry at %d is not whole: its Hash-1 is wrong".formatted(at));
        }
        long binsSize = header.unsigned32(16);
        if (binsSize == 0 || binsSize % Hive.BASE_BLOCK != 0 || binsSize > Integer.MAX_VALUE) {
            throw header.damaged("the entry at %d has bins of %d bytes".formatted(at, binsSize));
        }
        List<Page> pages = pages(header, log.part(name, at, size), (int) binsSize);
        List<Page> placed = pages.stream()
                .map(page -> new Page(page.offset(), page.length(), at + page.inLog()))
                .toList();
        return new LogEntry(header.signed32(12), (int) binsSize, (header.signed32(8) & 1) != 0, placed, at + size);
    }

    private static long hash(String name, Medium log, long from, long end) {
        Marvin32 hash = new Marvin32(Marvin32.LOG_SEED);
        for (long at = from; at < end; at += MOST_AT_ONCE) {
            int length = (int) Math.min(MOST_AT_ONCE, end - at);
            hash.add(log.read(name, at, length).bytes(0, length));
        }
        return hash.end();
    }

    private static List<Page> pages(Structure header, Medium entry, int binsSize) {
        long count = header.unsigned32(20);
        if (count > (entry.size() - HEADER) / REFERENCE) {
            throw header.damaged("an entry has %d pages".formatted(count));
        }
        Structure references = entry.read(header.name(), HEADER, (int) count * REFERENCE);
        List<Page> pages = new ArrayList<>();
        long inEntry = HEADER + count * REFERENCE;
        for (int i = 0; i < count; i++) {
            long offset = references.unsigned32(REFERENCE * i);
            long length = references.unsigned32(REFERENCE * i + 4);
            if (length == 0 || offset > binsSize - length || inEntry > entry.size() - length) {
                throw header.damaged("an entry's page for %d has %d bytes".formatted(offset, length));
            }
            pages.add(new Page((int) offset, (int) length, inEntry));
            inEntry += length;
        }
        return pages;
    }

    /** Reads the whole of an old log: a bit for each 512 bytes of the bins, and those that have changed. */
    static LogEntry readOld(String name, Medium log, BaseBlock base) {
        int sector = SECTOR * base.clusteringFactor();
        if (sector != SECTOR && sector != 8 * SECTOR) {
            throw Structure.damaged(name, "its sectors have %d times 512 bytes".formatted(base.clusteringFactor()));
        }
        int bytes = base.binsSize() / SECTOR / Byte.SIZE;
        Structure vector = log.read(name, sector, 4 + bytes);
        if (!vector.has(0, "DIRT")) {
            throw vector.damaged("it has no list of changed pages");
        }
        long inLog = (sector + 4L + bytes + sector - 1) / sector * sector;
        List<Page> pages = new ArrayList<>();
        for (int bit = 0; bit < bytes * Byte.SIZE; bit++) {
            if (((vector.unsigned8(4 + bit / Byte.SIZE) >> (bit % Byte.SIZE)) & 1) != 0) {
                log.requireInside(name, inLog, SECTOR);
                pages.add(new Page(bit * SECTOR, SECTOR, inLog));
                inLog += SECTOR;
            }
        }
        return new LogEntry(base.firstSequence(), base.binsSize(), base.transactionsPending(), pages, inLog);
    }
}
