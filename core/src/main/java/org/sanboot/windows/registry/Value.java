package org.sanboot.windows.registry;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.windows.structure.Structure;

/** A value of a key ("key value", {@code vk}). */
public final class Value {

    static final int HEADER = 20;
    /** In the length: up to four bytes of data stand in the offset's place. */
    static final int INLINE = 0x8000_0000;

    static final int REG_MULTI_SZ = 7;
    static final int REG_DWORD = 4;

    private static final int REG_SZ = 1;
    private static final int REG_EXPAND_SZ = 2;
    static final int ASCII_NAME = 1;
    /** Beyond this, the data is cut into segments listed in a {@code db} record. */
    static final int SEGMENT = 16344;
    /** Nothing that is read here is longer. */
    static final int MOST_DATA = 1 << 20;

    private static final int MOST_TEXT = 8 << 10;

    private final Hive hive;
    private final int cell;
    private final Structure record;

    Value(Hive hive, Key key, int cell) {
        this.hive = hive;
        this.cell = cell;
        this.record = hive.cell("A value of " + key.where(), cell, HEADER + 0xffff);
        if (!record.has(0, "vk")) {
            throw record.damaged("it is not a value");
        }
    }

    /**
     * Returns the name.
     *
     * @return empty for the default value
     */
    public String name() {
        return Key.text(record, HEADER, record.unsigned16(2), (record.unsigned16(16) & ASCII_NAME) != 0);
    }

    /**
     * Returns the type.
     *
     * @return such as 4 for {@code REG_DWORD}
     */
    public int type() {
        return record.signed32(12);
    }

    /**
     * Tells whether the value is a list of texts.
     *
     * @return true for {@code REG_MULTI_SZ}
     */
    public boolean isMultiString() {
        return type() == REG_MULTI_SZ;
    }

    /**
     * Reads the data.
     *
     * @return up to 1 MiB
     */
    public byte[] data() {
        int length = length();
        if (length > MOST_DATA) {
            throw record.damaged("its data has %d bytes".formatted(length));
        }
        if (isInline()) {
            return record.bytes(8, length);
        }
        if (length == 0) {
            return new byte[0];
        }
        Structure first = hive.cell(record.name(), dataCell(), length);
        return length > SEGMENT && first.has(0, "db") ? segments(first, length) : first.bytes(0, length);
    }

    private byte[] segments(Structure bigData, int length) {
        int count = bigData.unsigned16(2);
        Structure list = hive.cell(record.name(), bigData.signed32(4), 4 * count);
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (int i = 0; i < count && data.size() < length; i++) {
            int wanted = Math.min(SEGMENT, length - data.size());
            data.writeBytes(
                    hive.cell(record.name(), list.signed32(4 * i), wanted).bytes(0, wanted));
        }
        if (data.size() < length) {
            throw record.damaged("its data ends too early");
        }
        return data.toByteArray();
    }

    /**
     * Reads a number.
     *
     * @return 0 to 2^32-1, or nothing when this is no {@code REG_DWORD} of four bytes
     */
    public OptionalLong dword() {
        return type() == REG_DWORD && length() == 4
                ? OptionalLong.of(new Structure(record.name(), data()).unsigned32(0))
                : OptionalLong.empty();
    }

    /**
     * Reads a text.
     *
     * @return up to the first NUL, at most 8 KiB; or nothing when this is neither {@code REG_SZ} nor {@code REG_EXPAND_SZ}
     */
    public Optional<String> string() {
        if (type() != REG_SZ && type() != REG_EXPAND_SZ) {
            return Optional.empty();
        }
        if (length() > MOST_TEXT) {
            throw record.damaged("its text has %d bytes".formatted(length()));
        }
        String text = new String(data(), StandardCharsets.UTF_16LE);
        int end = text.indexOf('\0');
        return Optional.of(end < 0 ? text : text.substring(0, end));
    }

    /**
     * Reads a list of texts.
     *
     * @return the texts that are not empty, or none when this is no {@code REG_MULTI_SZ}
     */
    public List<String> strings() {
        if (type() != REG_MULTI_SZ) {
            return List.of();
        }
        return Arrays.stream(new String(data(), StandardCharsets.UTF_16LE).split("\0", -1))
                .filter(text -> !text.isEmpty())
                .toList();
    }

    boolean isInline() {
        return (record.signed32(4) & INLINE) != 0;
    }

    int length() {
        int length = record.signed32(4) & ~INLINE;
        if (isInline() && length > 4) {
            throw record.damaged("it claims to hold %d bytes in four".formatted(length));
        }
        return length;
    }

    int cell() {
        return cell;
    }

    int dataCell() {
        return record.signed32(8);
    }

    /** Returns all the cells that hold the data, and those that lead to them. */
    List<Integer> dataCells() {
        if (isInline() || length() == 0) {
            return List.of();
        }
        List<Integer> cells = new ArrayList<>();
        cells.add(dataCell());
        Structure first = hive.cell(record.name(), dataCell(), HEADER);
        if (length() > SEGMENT && first.has(0, "db")) {
            int count = first.unsigned16(2);
            cells.add(first.signed32(4));
            Structure list = hive.cell(record.name(), first.signed32(4), 4 * count);
            for (int i = 0; i < count; i++) {
                cells.add(list.signed32(4 * i));
            }
        }
        return cells;
    }

    /** Tells whether the data is in a cell of its own, not inline and not in segments. */
    boolean hasDataCell() {
        return !isInline() && length() > 0 && length() <= SEGMENT;
    }
}
