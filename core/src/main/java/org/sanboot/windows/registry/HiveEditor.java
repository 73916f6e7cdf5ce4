package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.structure.Structure;

/**
 * Changes values of a hive in place.
 *
 * <p>The base block stays as it is: its checksum covers only itself, its sequence numbers say that nothing waits in the
 * logs, and both remain true. Windows checks no other sum when it loads a hive. The file never grows: what is added is
 * put into free cells.
 */
public final class HiveEditor {

    private static final int BIN_HEADER = 32;
    /** Offsets within a cell, after the four bytes of its size. */
    private static final int VALUE_LENGTH_AT = 4 + 4;

    private static final int VALUE_DATA_AT = 4 + 8;
    private static final int KEY_VALUE_COUNT_AT = 4 + 36;
    private static final int KEY_LONGEST_NAME_AT = 4 + 60;
    private static final int KEY_LONGEST_DATA_AT = 4 + 64;

    private final Hive hive;

    /**
     * Edits a hive.
     *
     * @param hive on a medium that takes writes, such as a {@link org.sanboot.windows.structure.Draft}
     */
    public HiveEditor(Hive hive) {
        this.hive = hive;
    }

    /**
     * Sets a number, adding the value when the key does not have it.
     *
     * @param key of the same hive, looked up after the last edit
     * @param name the value's
     * @param number 0 to 2^32-1
     * @throws ConfigurationException when the value is there and is not such a number, or there is no room for it
     */
    public void setDword(Key key, String name, long number) {
        Optional<Value> value = key.value(name);
        if (value.isEmpty()) {
            addDword(key, name, number);
        } else if (value.get().dword().isPresent() && value.get().isInline()) {
            write(value.get().cell() + VALUE_DATA_AT, (int) number);
        } else {
            throw new ConfigurationException(
                    "The value %s of %s is no REG_DWORD that can be set in place; set it with regedit in the running Windows."
                            .formatted(name, key.where()));
        }
    }

    /**
     * Empties a list of texts, as Windows itself writes an empty list: one NUL character.
     *
     * @param key of the same hive
     * @param name of a {@code REG_MULTI_SZ} that is there
     */
    public void clearStrings(Key key, String name) {
        Value value = key.value(name)
                .filter(found -> found.type() == Value.REG_MULTI_SZ && found.hasDataCell())
                .orElseThrow(() -> new ConfigurationException(
                        "The value %s of %s is no REG_MULTI_SZ that can be emptied in place; empty it with regedit in the running Windows."
                                .formatted(name, key.where())));
        int data = value.dataCell();
        int size = hive.cellSize(key.where(), data);
        write(value.cell() + VALUE_LENGTH_AT, Value.INLINE | 2, 0);
        write(data, Math.abs(size));
    }

    /**
     * What is new is written first, then the key is pointed at it, then what is old becomes free: after each single
     * write the hive is sound. None of the deciding writes crosses a multiple of eight bytes, and so no sector.
     */
    private void addDword(Key key, String name, long number) {
        List<Integer> cells = key.valueCells();
        int value = allocate(Value.HEADER + name.length());
        ByteBuffer record = buffer(Value.HEADER + name.length());
        record.put((byte) 'v').put((byte) 'k').putShort((short) name.length());
        record.putInt(Value.INLINE | 4).putInt((int) number).putInt(Value.REG_DWORD);
        record.putShort((short) 1).putShort((short) 0);
        record.put(name.getBytes(StandardCharsets.US_ASCII));
        write(value + 4, record.flip());

        int list = allocate(4 * (cells.size() + 1));
        ByteBuffer entries = buffer(4 * (cells.size() + 1));
        cells.forEach(entries::putInt);
        entries.putInt(value);
        write(list + 4, entries.flip());

        int oldList = key.node().signed32(40);
        write(key.cell() + KEY_VALUE_COUNT_AT, cells.size() + 1, list);
        raise(key, KEY_LONGEST_NAME_AT, 2 * name.length());
        raise(key, KEY_LONGEST_DATA_AT, 4);
        if (!cells.isEmpty()) {
            write(oldList, Math.abs(hive.cellSize(key.where(), oldList)));
        }
    }

    private void raise(Key key, int at, int least) {
        if (key.node().unsigned32(at - 4) < least) {
            write(key.cell() + at, least);
        }
    }

    /** Takes the first free cell that is large enough, and leaves free what is not needed of it. */
    private int allocate(int contents) {
        int wanted = (contents + 4 + Hive.SMALLEST_CELL - 1) / Hive.SMALLEST_CELL * Hive.SMALLEST_CELL;
        for (int bin = 0; bin < hive.binsSize(); ) {
            Structure header = hive.file().read("A bin of " + hive.name(), hive.position(bin), BIN_HEADER);
            int size = header.signed32(8);
            if (!header.has(0, "hbin") || size <= 0 || size % Hive.BASE_BLOCK != 0 || size > hive.binsSize() - bin) {
                throw header.damaged("its header at %d cannot be right".formatted(bin));
            }
            for (int cell = bin + BIN_HEADER; cell < bin + size; ) {
                int free = hive.cellSize(hive.name(), cell);
                if (Math.abs(free) > bin + size - cell) {
                    throw header.damaged("a cell at %d leaves it".formatted(cell));
                }
                if (free >= wanted) {
                    if (free > wanted) {
                        write(cell + wanted, free - wanted);
                    }
                    write(cell, -wanted);
                    return cell;
                }
                cell += Math.abs(free);
            }
            bin += size;
        }
        throw new ConfigurationException(
                "%s has no free room for another value; boot this Windows once and set the value there."
                        .formatted(hive.name()));
    }

    private void write(int at, int... numbers) {
        ByteBuffer bytes = buffer(4 * numbers.length);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        write(at, bytes.flip());
    }

    private void write(int at, ByteBuffer bytes) {
        hive.file().write(hive.position(at), bytes);
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
