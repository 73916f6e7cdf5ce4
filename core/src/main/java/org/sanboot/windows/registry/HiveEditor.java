package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.structure.Structure;

/**
 * Adds keys to a hive, and changes and adds values.
 *
 * <p>The sequence numbers stay as they are: that nothing waits in the logs remains true. What is new is put into free
 * cells, then into new bins as far as the file has room behind the last one; the file itself never grows. In each change
 * what is new is written first, then a single write points at it, then what is old becomes free.
 */
public final class HiveEditor {

    /** Offsets within a cell, after the four bytes of its size. */
    private static final int VALUE_LENGTH_AT = 4 + 4;

    private static final int VALUE_DATA_AT = 4 + 8;
    private static final int KEY_SUBKEY_COUNT_AT = 4 + 20;
    private static final int KEY_VALUE_COUNT_AT = 4 + 36;
    private static final int KEY_LONGEST_SUBKEY_AT = 4 + 52;
    private static final int KEY_LONGEST_NAME_AT = 4 + 60;
    private static final int KEY_LONGEST_DATA_AT = 4 + 64;
    private static final int SECURITY_USERS_AT = 4 + 12;

    /** A segment's cell has four bytes more than the longest segment, and hivex does without the last four of each. */
    private static final int SEGMENT_PADDING = 4;

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
     * Finds a key, adding those on the way that are not there. An added key shares its parent's security descriptor and
     * has its parent's time stamp, so that the same changes make the same hive.
     *
     * @param from where to start, of the same hive
     * @param names the way from there, each of 1 to 255 characters without a backslash
     * @return the last one
     * @throws ConfigurationException when a name cannot be a key's, or there is no room
     */
    public Key createKey(Key from, String... names) {
        Key key = from.again();
        for (String name : names) {
            Optional<Key> there = key.find(name);
            key = there.isPresent() ? there.get() : add(key, name);
        }
        return key;
    }

    private Key add(Key parent, String name) {
        if (name.isEmpty() || name.length() > 255 || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0) {
            throw new ConfigurationException(
                    "No key below %s can be called \"%s\": a key's name has 1 to 255 characters and no backslash."
                            .formatted(parent.where(), Structure.printable(name)));
        }
        if (parent.subkeyCount() >= Key.MOST_SUBKEYS) {
            throw new ConfigurationException(
                    "%s has %d keys and takes no more.".formatted(parent.where(), parent.subkeyCount()));
        }
        SubkeyList list = new SubkeyList(hive, parent);
        int key = hive.put(node(parent, name));
        list.insert(key, name);
        int written = list.write();
        share(parent);
        ByteBuffer pointer = buffer(12);
        pointer.putInt((int) parent.subkeyCount() + 1)
                .putInt(parent.node().signed32(24))
                .putInt(written);
        write(parent.cell() + KEY_SUBKEY_COUNT_AT, pointer.flip());
        int longest = parent.node().unsigned16(KEY_LONGEST_SUBKEY_AT - 4);
        if (longest < 2 * name.length()) { // Of 16 bits; flags stand in the other half.
            write(
                    parent.cell() + KEY_LONGEST_SUBKEY_AT,
                    buffer(2).putShort((short) (2 * name.length())).flip());
        }
        list.releaseOld();
        return parent.again().find(name).orElseThrow(() -> Structure.damaged(hive.name(), "a key is lost in it"));
    }

    private static ByteBuffer node(Key parent, String name) {
        byte[] letters = name.getBytes(charset(name));
        ByteBuffer node = buffer(Key.HEADER + letters.length);
        node.put((byte) 'n').put((byte) 'k').putShort((short) (isLatin1(name) ? Key.ASCII_NAME : 0));
        node.putLong(parent.node().signed64(4)).putInt(0).putInt(parent.cell());
        node.putInt(0).putInt(0).putInt(Hive.NOWHERE).putInt(Hive.NOWHERE);
        node.putInt(0).putInt(Hive.NOWHERE);
        node.putInt(parent.node().signed32(44)).putInt(Hive.NOWHERE);
        node.putInt(0).putInt(0).putInt(0).putInt(0).putInt(0);
        return node.putShort((short) letters.length).putShort((short) 0).put(letters);
    }

    /** Counts one user more of the parent's security descriptor. */
    private void share(Key parent) {
        int cell = parent.node().signed32(44);
        Structure security = hive.cell("The security of " + parent.where(), cell, 20);
        if (!security.has(0, "sk")) {
            throw security.damaged("it is no security descriptor");
        }
        write(cell + SECURITY_USERS_AT, security.signed32(12) + 1);
    }

    /**
     * Sets a number, adding the value when the key does not have it.
     *
     * @param key of the same hive
     * @param name the value's
     * @param number 0 to 2^32-1
     * @throws ConfigurationException when the value is there and is not such a number, or there is no room for it
     */
    public void setDword(Key key, String name, long number) {
        Optional<Value> value = key.again().value(name);
        if (value.isEmpty()) {
            setValue(key, name, Value.REG_DWORD, buffer(4).putInt((int) number).array());
        } else if (value.get().dword().isPresent() && value.get().isInline()) {
            write(value.get().cell() + VALUE_DATA_AT, (int) number);
        } else {
            throw new ConfigurationException(
                    "The value %s of %s is no REG_DWORD that can be set in place; set it with regedit in the running Windows."
                            .formatted(name, key.where()));
        }
    }

    /**
     * Sets a value of any type, adding it when the key does not have it.
     *
     * @param key of the same hive
     * @param name the value's; empty for the default value
     * @param type such as 1 for {@code REG_SZ}
     * @param data as it is to be stored, at most 1 MiB
     * @throws ConfigurationException when it is too large, or there is no room for it
     */
    public void setValue(Key key, String name, int type, byte[] data) {
        if (data.length > Value.MOST_DATA || name.length() > 16383) {
            throw new ConfigurationException("The value %s of %s would have %d bytes, and at most %d can be written."
                    .formatted(name, key.where(), data.length, Value.MOST_DATA));
        }
        Key current = key.again();
        Optional<Value> old = current.value(name);
        ByteBuffer place = buffer(12);
        if (data.length <= 4) {
            place.putInt(Value.INLINE | data.length).put(data).position(8);
        } else {
            place.putInt(data.length).putInt(store(data));
        }
        place.putInt(type).flip();
        if (old.isPresent()) {
            List<Integer> released = old.get().dataCells();
            if (old.get().type() == type) {
                place.limit(8); // Which crosses no sector.
            }
            write(old.get().cell() + VALUE_LENGTH_AT, place);
            released.forEach(hive.allocator()::release);
        } else {
            add(current, name, place);
        }
        raise(current, KEY_LONGEST_DATA_AT, data.length);
    }

    /** Puts data into a cell, or into several where the format demands that (version 1.4 and later). */
    private int store(byte[] data) {
        if (data.length <= Value.SEGMENT || hive.minorVersion() < 4) {
            return hive.put(buffer(data.length).put(data));
        }
        int count = (data.length + Value.SEGMENT - 1) / Value.SEGMENT;
        ByteBuffer list = buffer(4 * count);
        for (int at = 0; at < data.length; at += Value.SEGMENT) {
            int length = Math.min(Value.SEGMENT, data.length - at);
            list.putInt(hive.put(buffer(length + SEGMENT_PADDING).put(data, at, length)));
        }
        ByteBuffer head = buffer(8).put((byte) 'd').put((byte) 'b').putShort((short) count);
        return hive.put(head.putInt(hive.put(list)));
    }

    /** None of the deciding writes crosses a multiple of eight bytes, and so no sector. */
    private void add(Key key, String name, ByteBuffer place) {
        List<Integer> cells = key.valueCells();
        if (cells.size() >= Key.MOST_VALUES) {
            throw new ConfigurationException(
                    "%s has %d values and takes no more.".formatted(key.where(), cells.size()));
        }
        byte[] letters = name.getBytes(charset(name));
        ByteBuffer record = buffer(Value.HEADER + letters.length);
        record.put((byte) 'v').put((byte) 'k').putShort((short) letters.length).put(place);
        record.putShort((short) (isLatin1(name) ? Value.ASCII_NAME : 0))
                .putShort((short) 0)
                .put(letters);
        int value = hive.put(record);
        ByteBuffer entries = buffer(4 * (cells.size() + 1));
        cells.forEach(entries::putInt);
        int list = hive.put(entries.putInt(value));
        int oldList = key.node().signed32(40);
        write(key.cell() + KEY_VALUE_COUNT_AT, cells.size() + 1, list);
        raise(key, KEY_LONGEST_NAME_AT, 2 * name.length());
        if (!cells.isEmpty()) {
            hive.allocator().release(oldList);
        }
    }

    /**
     * Empties a list of texts, as Windows itself writes an empty list: one NUL character.
     *
     * @param key of the same hive
     * @param name of a {@code REG_MULTI_SZ} that is there
     */
    public void clearStrings(Key key, String name) {
        Optional<Value> list =
                key.again().value(name).filter(found -> found.type() == Value.REG_MULTI_SZ && found.hasDataCell());
        if (list.isEmpty()) {
            throw new ConfigurationException(
                    "The value %s of %s is no REG_MULTI_SZ that can be emptied in place; empty it with regedit in the running Windows."
                            .formatted(name, key.where()));
        }
        setValue(key, name, Value.REG_MULTI_SZ, new byte[2]);
    }

    private void raise(Key key, int at, int least) {
        if (key.node().unsigned32(at - 4) < least) {
            write(key.cell() + at, least);
        }
    }

    private static boolean isLatin1(String name) {
        return name.chars().allMatch(letter -> letter < 0x100);
    }

    private static Charset charset(String name) {
        return isLatin1(name) ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_16LE;
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
