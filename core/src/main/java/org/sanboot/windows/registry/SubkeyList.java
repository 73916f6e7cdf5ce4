package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sanboot.windows.structure.Structure;

/** The list of the keys below a key, while one is added: leaves, under a root where there are several. */
final class SubkeyList {

    /** So many entries of a leaf fit a bin of the smallest size. */
    private static final int MOST_ENTRIES = 507;

    private static final int HEADER = 4;

    /** An entry with what comes beside the key's cell: a hint, a hash, or nothing. */
    private record Entry(int key, int hint) {}

    private record Leaf(String signature, List<Entry> entries) {}

    private final Hive hive;
    private final Key parent;
    private final List<Leaf> leaves = new ArrayList<>();
    private final List<Integer> cells = new ArrayList<>();

    /** Reads the list of a key, which may have none. */
    SubkeyList(Hive hive, Key parent) {
        this.hive = hive;
        this.parent = parent;
        if (parent.subkeyCount() == 0) {
            leaves.add(new Leaf(hive.minorVersion() > 4 ? "lh" : "lf", new ArrayList<>()));
            return;
        }
        int offset = parent.node().signed32(28);
        cells.add(offset);
        Structure header = hive.cell(parent.where(), offset, HEADER);
        if (header.has(0, "ri")) {
            int count = header.unsigned16(2);
            Structure root = hive.cell(parent.where(), offset, HEADER + 4 * count);
            for (int i = 0; i < count; i++) {
                int leaf = root.signed32(HEADER + 4 * i);
                cells.add(leaf);
                leaves.add(leaf(leaf));
            }
        } else {
            leaves.add(leaf(offset));
        }
    }

    private Leaf leaf(int offset) {
        Structure header = hive.cell(parent.where(), offset, HEADER);
        String signature = header.latin1(0, 2);
        int width = width(signature);
        int count = header.unsigned16(2);
        Structure leaf = hive.cell(parent.where(), offset, HEADER + width * count);
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = HEADER + width * i;
            entries.add(new Entry(leaf.signed32(at), width == 8 ? leaf.signed32(at + 4) : 0));
        }
        return new Leaf(signature, entries);
    }

    private static int width(String signature) {
        return signature.equals("li") ? 4 : 8;
    }

    /** Puts a key where its name belongs, by the upper case of the names' characters. */
    void insert(int key, String name) {
        int chosen = 0;
        for (int i = 1; i < leaves.size(); i++) {
            List<Entry> entries = leaves.get(i).entries();
            if (!entries.isEmpty() && !isBefore(name, entries.get(0))) {
                chosen = i;
            }
        }
        Leaf leaf = leaves.get(chosen);
        int at = 0;
        while (at < leaf.entries().size() && !isBefore(name, leaf.entries().get(at))) {
            at++;
        }
        leaf.entries().add(at, new Entry(key, hint(leaf.signature(), name)));
        if (leaf.entries().size() > MOST_ENTRIES) {
            int half = leaf.entries().size() / 2;
            List<Entry> upper = leaf.entries().subList(half, leaf.entries().size());
            leaves.add(chosen + 1, new Leaf(leaf.signature(), new ArrayList<>(upper)));
            upper.clear();
        }
    }

    private boolean isBefore(String name, Entry entry) {
        return upperCase(name).compareTo(upperCase(parent.nameAt(entry.key()))) < 0;
    }

    /** Letter by letter, as the kernel does; {@code ß} stays one letter. */
    private static String upperCase(String name) {
        StringBuilder upper = new StringBuilder(name);
        for (int i = 0; i < upper.length(); i++) {
            upper.setCharAt(i, Character.toUpperCase(upper.charAt(i)));
        }
        return upper.toString();
    }

    private static int hint(String signature, String name) {
        if (signature.equals("lh")) {
            int hash = 0;
            for (char letter : upperCase(name).toCharArray()) {
                hash = hash * 37 + letter;
            }
            return hash;
        }
        if (signature.equals("lf")) {
            int hint = 0;
            for (int i = 0; i < Math.min(4, name.length()); i++) {
                hint |= (name.charAt(i) > 0xff ? 0 : name.charAt(i)) << (8 * i);
            }
            return hint;
        }
        return 0;
    }

    /** Writes the list into new cells, and returns the one that the key is to point at. */
    int write() {
        List<Integer> written = leaves.stream().map(this::write).toList();
        if (written.size() == 1) {
            return written.get(0);
        }
        ByteBuffer root = buffer("ri", written.size(), 4);
        written.forEach(root::putInt);
        return hive.put(root);
    }

    private int write(Leaf leaf) {
        int width = width(leaf.signature());
        ByteBuffer bytes = buffer(leaf.signature(), leaf.entries().size(), width);
        for (Entry entry : leaf.entries()) {
            bytes.putInt(entry.key());
            if (width == 8) {
                bytes.putInt(entry.hint());
            }
        }
        return hive.put(bytes);
    }

    private static ByteBuffer buffer(String signature, int count, int width) {
        return ByteBuffer.allocate(HEADER + count * width)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII))
                .putShort((short) count);
    }

    /** Gives up the cells that the list was read from. */
    void releaseOld() {
        cells.stream().distinct().forEach(hive.allocator()::release);
    }
}
