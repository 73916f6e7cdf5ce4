package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.structure.Structure;

/**
 * Gives out room in a hive, and takes it back: free cells first, then a new bin behind the last one, as far as the file
 * has room there.
 */
final class CellAllocator {

    private static final int BIN_HEADER = 32;
    /** Windows loads no SYSTEM hive that is anywhere near as large. */
    private static final long LARGEST_HIVE = 1L << 30;

    private final Hive hive;
    private final TreeMap<Integer, Integer> free = new TreeMap<>();

    /** Finds what is free; every bin must be in order. */
    CellAllocator(Hive hive) {
        this.hive = hive;
        for (int bin = 0; bin < hive.binsSize(); ) {
            Structure header = hive.file().read("A bin of " + hive.name(), hive.position(bin), BIN_HEADER);
            int size = header.signed32(8);
            if (!header.has(0, "hbin") || size <= 0 || size % Hive.BASE_BLOCK != 0 || size > hive.binsSize() - bin) {
                throw header.damaged("its header at %d cannot be right".formatted(bin));
            }
            for (int cell = bin + BIN_HEADER; cell < bin + size; ) {
                int room = hive.cellSize(hive.name(), cell);
                if (Math.abs(room) > bin + size - cell) {
                    throw header.damaged("a cell at %d leaves it".formatted(cell));
                }
                if (room > 0) {
                    free.put(cell, room);
                }
                cell += Math.abs(room);
            }
            bin += size;
        }
    }

    /** Takes the first free cell that is large enough, and leaves free what is not needed of it. */
    int allocate(int contents) {
        int wanted = (contents + 4 + Hive.SMALLEST_CELL - 1) / Hive.SMALLEST_CELL * Hive.SMALLEST_CELL;
        Map.Entry<Integer, Integer> found = firstOf(wanted);
        int cell = found == null ? grow(wanted) : found.getKey();
        int rest = Objects.requireNonNull(free.get(cell)) - wanted;
        free.remove(cell);
        if (rest > 0) {
            write(cell + wanted, rest);
            free.put(cell + wanted, rest);
        }
        write(cell, -wanted);
        return cell;
    }

    private Map.@Nullable Entry<Integer, Integer> firstOf(int wanted) {
        return free.entrySet().stream()
                .filter(entry -> entry.getValue() >= wanted)
                .findFirst()
                .orElse(null);
    }

    /** Joins it with the free cells right before and behind, which are of the same bin: each begins with a header. */
    void release(int cell) {
        int start = cell;
        int size = Math.abs(hive.cellSize(hive.name(), cell));
        Integer behind = free.remove(cell + size);
        if (behind != null) {
            size += behind;
        }
        Map.Entry<Integer, Integer> before = free.lowerEntry(cell);
        if (before != null && before.getKey() + before.getValue() == cell) {
            start = before.getKey();
            size += before.getValue();
        }
        write(start, size);
        free.put(start, size);
    }

    /** Returns the new bin's one free cell. The new bin is written while it does not count yet; then the base block, in one sector, makes it count. */
    private int grow(int wanted) {
        int start = hive.binsSize();
        long size = ((long) wanted + BIN_HEADER + Hive.BASE_BLOCK - 1) / Hive.BASE_BLOCK * Hive.BASE_BLOCK;
        if (start + size > Math.min(hive.file().size() - Hive.BASE_BLOCK, LARGEST_HIVE)) {
            throw new ConfigurationException(
                    "%s has no free room, and its file none behind it; boot this Windows once and set the value there."
                            .formatted(hive.name()));
        }
        ByteBuffer bin = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        bin.put("hbin".getBytes(StandardCharsets.US_ASCII)).putInt(start).putInt((int) size);
        bin.putInt(BIN_HEADER, (int) size - BIN_HEADER);
        hive.file().write(hive.position(start), bin.clear());
        hive.growBins((int) (start + size));
        free.put(start + BIN_HEADER, (int) size - BIN_HEADER);
        return start + BIN_HEADER;
    }

    private void write(int cell, int size) {
        ByteBuffer bytes = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(size);
        hive.file().write(hive.position(cell), bytes.flip());
    }
}
