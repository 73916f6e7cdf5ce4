package org.sanboot.windows.registry;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.sanboot.windows.structure.Structure;

/** A key of a hive ("key node", {@code nk}). */
public final class Key {

    static final int HEADER = 76;
    static final int LONGEST_NAME = 2 * 255;
    static final int ASCII_NAME = 0x20;
    static final int MOST_SUBKEYS = 1 << 16;
    /** The signature and the count of a list of keys. */
    private static final int LIST_HEADER = 4;

    static final int MOST_VALUES = 1 << 14;

    private final Hive hive;
    private final int cell;
    private final String path;
    private final Structure node;

    private Key(Hive hive, int cell, String path, Structure node) {
        this.hive = hive;
        this.cell = cell;
        this.path = path;
        this.node = node;
    }

    static Key root(Hive hive, int cell) {
        return new Key(hive, cell, "", read(hive, cell, "The root key"));
    }

    private Key subkey(int offset) {
        Structure read = read(hive, offset, "A key below \\" + path);
        String name = name(read);
        String below = path.isEmpty() ? name : path + "\\" + name;
        return new Key(hive, offset, below, read);
    }

    private static Structure read(Hive hive, int cell, String what) {
        Structure node = hive.cell(what + " of " + hive.name(), cell, HEADER + LONGEST_NAME);
        if (!node.has(0, "nk")) {
            throw node.damaged("it is not a key");
        }
        return node;
    }

    /**
     * Returns the key's own name.
     *
     * @return as it is written in the hive
     */
    public String name() {
        return name(node);
    }

    /**
     * Returns the names from the root on.
     *
     * @return joined by backslashes; empty for the root
     */
    public String path() {
        return path;
    }

    /**
     * Looks for a key below.
     *
     * @param names the way there, in any case
     * @return the key, or nothing
     */
    public Optional<Key> find(String... names) {
        Optional<Key> key = Optional.of(this);
        for (String name : names) {
            key = key.flatMap(parent -> parent.child(name));
        }
        return key;
    }

    private Optional<Key> child(String name) {
        for (int offset : subkeyCells()) {
            Key key = subkey(offset);
            if (key.name().equalsIgnoreCase(name)) {
                return Optional.of(key);
            }
        }
        return Optional.empty();
    }

    /**
     * Lists the keys right below.
     *
     * @return in the hive's order, which is alphabetical
     */
    public List<Key> subkeys() {
        return subkeyCells().stream().map(this::subkey).toList();
    }

    private static String name(Structure node) {
        return text(node, HEADER, node.unsigned16(72), (node.unsigned16(2) & ASCII_NAME) != 0);
    }

    /**
     * Looks for a value.
     *
     * @param name in any case; empty for the default value
     * @return the value, or nothing
     */
    public Optional<Value> value(String name) {
        for (int offset : valueCells()) {
            Value value = new Value(hive, this, offset);
            if (value.name().equalsIgnoreCase(name)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    /**
     * Looks for a number.
     *
     * @param name in any case
     * @return 0 to 2^32-1, or nothing when there is no such value or it is no {@code REG_DWORD}
     */
    public OptionalLong dword(String name) {
        return value(name).map(Value::dword).orElse(OptionalLong.empty());
    }

    /**
     * Looks for a text.
     *
     * @param name in any case
     * @return the text, or nothing when there is no such value or it is no string
     */
    public Optional<String> string(String name) {
        return value(name).flatMap(Value::string);
    }

    /**
     * Looks for a list of texts.
     *
     * @param name in any case
     * @return the texts, or none when there is no such value or it is no {@code REG_MULTI_SZ}
     */
    public List<String> strings(String name) {
        return value(name).map(Value::strings).orElse(List.of());
    }

    /** Returns where the key node's cell is. */
    int cell() {
        return cell;
    }

    Structure node() {
        return node;
    }

    String where() {
        return "\\" + path + " of " + hive.name();
    }

    /** Returns the cells of the values. */
    List<Integer> valueCells() {
        long count = node.unsigned32(36);
        if (count == 0) {
            return List.of();
        }
        if (count > MOST_VALUES) {
            throw node.damaged("it has %d values".formatted(count));
        }
        Structure list = hive.cell(where(), node.signed32(40), (int) count * 4);
        List<Integer> cells = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            cells.add(list.signed32(4 * i));
        }
        return cells;
    }

    /** Returns the name of a key below, by its cell. */
    String nameAt(int offset) {
        return name(read(hive, offset, "A key below \\" + path));
    }

    /** Reads the key again, after it has been changed. */
    Key again() {
        return new Key(hive, cell, path, read(hive, cell, "\\" + path));
    }

    long subkeyCount() {
        return node.unsigned32(20);
    }

    private List<Integer> subkeyCells() {
        long count = subkeyCount();
        List<Integer> cells = new ArrayList<>();
        if (count == 0) {
            return cells;
        }
        if (count > MOST_SUBKEYS) {
            throw node.damaged("it has %d keys".formatted(count));
        }
        int offset = node.signed32(28);
        if (hive.cell(where(), offset, LIST_HEADER).has(0, "ri")) {
            Structure list = list(offset, 4);
            Set<Integer> seen = new HashSet<>();
            for (int i = 0; i < list.unsigned16(2); i++) {
                int leaf = list.signed32(4 + 4 * i);
                if (!seen.add(leaf)) {
                    throw node.damaged("it names a list of keys twice");
                }
                addLeaf(leaf, cells, count);
            }
        } else {
            addLeaf(offset, cells, count);
        }
        return cells;
    }

    /** Adds the keys of an index leaf ({@code li}), fast leaf ({@code lf}) or hash leaf ({@code lh}). */
    private void addLeaf(int offset, List<Integer> cells, long count) {
        Structure header = hive.cell(where(), offset, LIST_HEADER);
        int entry;
        if (header.has(0, "lf") || header.has(0, "lh")) {
            entry = 8;
        } else if (header.has(0, "li")) {
            entry = 4;
        } else {
            throw node.damaged("its list of keys cannot be read");
        }
        Structure leaf = list(offset, entry);
        for (int i = 0; i < leaf.unsigned16(2); i++) {
            cells.add(leaf.signed32(4 + entry * i));
        }
        if (cells.size() > count) {
            throw node.damaged("it lists more keys than it has");
        }
    }

    /** Reads as much of a list as its count says; the cell may go on far beyond, into others. */
    private Structure list(int offset, int entry) {
        int entries = hive.cell(where(), offset, LIST_HEADER).unsigned16(2);
        if (entries == 0) {
            throw node.damaged("a list of its keys is empty");
        }
        return hive.cell(where(), offset, LIST_HEADER + entry * entries);
    }

    static String text(Structure structure, int at, int length, boolean ascii) {
        return ascii ? structure.latin1(at, length) : structure.utf16(at, length);
    }
}
