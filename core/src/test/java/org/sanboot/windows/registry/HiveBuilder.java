package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Makes hives for tests out of text as regedit writes it, plus {@code multi:"a","b"} for lists.
 *
 * <p>Independent of the code under test: it shares no constants with it.
 */
public final class HiveBuilder {

    /** How the keys below a key are listed. */
    public enum Index {
        LH,
        LF,
        LI,
        RI
    }

    private static final class Node {
        final TreeMap<String, Node> children = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        final Map<String, Data> values = new LinkedHashMap<>();
    }

    private record Data(int type, byte[] bytes) {}

    private final Node root = new Node();
    private final ByteBuffer file = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private Index index = Index.LH;
    private int binEnd;
    private int next;
    private int security;

    public HiveBuilder index(Index kind) {
        index = kind;
        return this;
    }

    /** Adds keys and values; {@code [-key]} removes a key. */
    public HiveBuilder add(String text) {
        Node node = root;
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("[-")) {
                remove(line.substring(2, line.length() - 1));
            } else if (line.startsWith("[")) {
                node = node(line.substring(1, line.length() - 1));
            } else if (line.startsWith("\"") || line.startsWith("@=")) {
                int separator = line.startsWith("@") ? 1 : line.indexOf("\"=", 1) + 1;
                String name = line.startsWith("@") ? "" : line.substring(1, separator - 1);
                node.values.put(name, data(line.substring(separator + 1)));
            }
        }
        return this;
    }

    private void remove(String path) {
        int last = path.lastIndexOf('\\');
        node(path.substring(0, last)).children.remove(path.substring(last + 1));
    }

    public HiveBuilder value(String path, String name, int type, byte[] bytes) {
        node(path).values.put(name, new Data(type, bytes));
        return this;
    }

    private Node node(String path) {
        Node node = root;
        for (String step : path.split("\\\\")) {
            node = node.children.computeIfAbsent(step, key -> new Node());
        }
        return node;
    }

    private static Data data(String text) {
        if (text.startsWith("dword:")) {
            int number = Integer.parseUnsignedInt(text.substring(6), 16);
            return new Data(
                    4,
                    ByteBuffer.allocate(4)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putInt(number)
                            .array());
        }
        if (text.startsWith("multi:")) {
            StringBuilder list = new StringBuilder();
            for (String item : text.substring(6).split("\",?\"?")) {
                if (!item.isEmpty()) {
                    list.append(item).append('\0');
                }
            }
            return new Data(7, list.append('\0').toString().getBytes(StandardCharsets.UTF_16LE));
        }
        if (text.startsWith("\"")) {
            String content = text.substring(1, text.length() - 1).replace("\\\\", "\\");
            return new Data(1, (content + '\0').getBytes(StandardCharsets.UTF_16LE));
        }
        throw new IllegalArgumentException(text);
    }

    /** Writes the same as text that hivexregedit and regedit read. */
    public String toRegedit(String prefix) {
        StringBuilder text = new StringBuilder("Windows Registry Editor Version 5.00\r\n\r\n");
        write(text, prefix, root);
        return text.toString();
    }

    private static void write(StringBuilder text, String path, Node node) {
        text.append('[').append(path).append("]\r\n");
        node.values.forEach((name, data) -> {
            text.append(name.isEmpty() ? "@" : '"' + name + '"')
                    .append("=hex(")
                    .append(data.type)
                    .append("):");
            for (int i = 0; i < data.bytes.length; i++) {
                text.append(i == 0 ? "" : ",").append("%02x".formatted(data.bytes[i]));
            }
            text.append("\r\n");
        });
        text.append("\r\n");
        node.children.forEach((name, child) -> write(text, path + "\\" + name, child));
    }

    public byte[] build() {
        next = 0;
        binEnd = 0;
        security = allocate(20 + 20);
        at(security).put((byte) 's').put((byte) 'k').putShort((short) 0);
        file.putInt(security).putInt(security).putInt(1).putInt(20);
        file.put((byte) 1).put((byte) 0).putShort((short) 0x8000);
        int rootCell = write("ROOT", root, -1);
        closeBin();
        file.position(0);
        file.put("regf".getBytes(StandardCharsets.US_ASCII)).putInt(7).putInt(7).putLong(0);
        file.putInt(1)
                .putInt(5)
                .putInt(0)
                .putInt(1)
                .putInt(rootCell)
                .putInt(binEnd)
                .putInt(1);
        int sum = 0;
        for (int i = 0; i < 508; i += 4) {
            sum ^= file.getInt(i);
        }
        file.putInt(508, sum);
        byte[] bytes = new byte[4096 + binEnd];
        file.position(0);
        file.get(bytes);
        return bytes;
    }

    private int write(String name, Node node, int parent) {
        int cell = allocate(76 + name.length());
        at(cell).put((byte) 'n')
                .put((byte) 'k')
                .putShort((short) (parent < 0 ? 0x2c : 0x20))
                .putLong(0);
        file.putInt(0).putInt(parent).putInt(node.children.size()).putInt(0);
        file.putInt(-1)
                .putInt(-1)
                .putInt(node.values.size())
                .putInt(-1)
                .putInt(security)
                .putInt(-1);
        file.putInt(2 * longest(node.children.keySet())).putInt(0).putInt(2 * longest(node.values.keySet()));
        file.putInt(node.values.values().stream()
                        .mapToInt(data -> data.bytes.length)
                        .max()
                        .orElse(0))
                .putInt(0);
        file.putShort((short) name.length()).putShort((short) 0);
        file.put(name.getBytes(StandardCharsets.ISO_8859_1));
        if (!node.values.isEmpty()) {
            List<Integer> values = new ArrayList<>();
            node.values.forEach((valueName, data) -> values.add(write(valueName, data)));
            int list = allocate(4 * values.size());
            at(list);
            values.forEach(file::putInt);
            file.putInt(4096 + cell + 4 + 40, list);
        }
        if (!node.children.isEmpty()) {
            List<String> names = new ArrayList<>(node.children.keySet());
            List<Integer> cells = new ArrayList<>();
            node.children.forEach((childName, child) -> cells.add(write(childName, child, cell)));
            file.putInt(4096 + cell + 4 + 28, list(names, cells));
        }
        return cell;
    }

    private static int longest(Iterable<String> names) {
        int longest = 0;
        for (String name : names) {
            longest = Math.max(longest, name.length());
        }
        return longest;
    }

    private int list(List<String> names, List<Integer> cells) {
        if (index == Index.RI) {
            int half = (cells.size() + 1) / 2;
            int first = leaf("li", names.subList(0, half), cells.subList(0, half));
            boolean alone = half == cells.size();
            int second = alone ? 0 : leaf("lf", names.subList(half, names.size()), cells.subList(half, cells.size()));
            int list = allocate(alone ? 8 : 12);
            at(list).put((byte) 'r')
                    .put((byte) 'i')
                    .putShort((short) (alone ? 1 : 2))
                    .putInt(first);
            if (!alone) {
                file.putInt(second);
            }
            return list;
        }
        return leaf(index.name().toLowerCase(Locale.ROOT), names, cells);
    }

    private int leaf(String signature, List<String> names, List<Integer> cells) {
        int list = allocate(4 + 8 * cells.size());
        at(list).put(signature.getBytes(StandardCharsets.US_ASCII)).putShort((short) cells.size());
        for (int i = 0; i < cells.size(); i++) {
            file.putInt(cells.get(i));
            if (signature.equals("lh")) {
                file.putInt(hash(names.get(i)));
            } else if (signature.equals("lf")) {
                byte[] hint = new byte[4];
                byte[] name = names.get(i).getBytes(StandardCharsets.ISO_8859_1);
                System.arraycopy(name, 0, hint, 0, Math.min(4, name.length));
                file.put(hint);
            }
        }
        return list;
    }

    private static int hash(String name) {
        int hash = 0;
        for (char letter : name.toUpperCase(Locale.ROOT).toCharArray()) {
            hash = hash * 37 + letter;
        }
        return hash;
    }

    private int write(String name, Data data) {
        int content = -1;
        int length = data.bytes.length;
        if (length > 16344) {
            content = segments(data.bytes);
        } else if (length > 4) {
            content = allocate(length);
            at(content).put(data.bytes);
        }
        int cell = allocate(20 + name.length());
        at(cell).put((byte) 'v').put((byte) 'k').putShort((short) name.length());
        if (length <= 4) {
            byte[] inline = new byte[4];
            System.arraycopy(data.bytes, 0, inline, 0, length);
            file.putInt(length | 0x80000000).put(inline);
        } else {
            file.putInt(length).putInt(content);
        }
        file.putInt(data.type).putShort((short) 1).putShort((short) 0);
        file.put(name.getBytes(StandardCharsets.ISO_8859_1));
        return cell;
    }

    private int segments(byte[] bytes) {
        List<Integer> cells = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += 16344) {
            int length = Math.min(16344, bytes.length - from);
            int cell = allocate(length);
            at(cell).put(bytes, from, length);
            cells.add(cell);
        }
        int list = allocate(4 * cells.size());
        at(list);
        cells.forEach(file::putInt);
        int head = allocate(8);
        at(head).put((byte) 'd').put((byte) 'b').putShort((short) cells.size()).putInt(list);
        return head;
    }

    private ByteBuffer at(int cell) {
        return file.position(4096 + cell + 4);
    }

    private int allocate(int contents) {
        int size = (contents + 4 + 7) / 8 * 8;
        if (next + size > binEnd) {
            closeBin();
            int binSize = (size + 32 + 4095) / 4096 * 4096;
            file.position(4096 + binEnd);
            file.put("hbin".getBytes(StandardCharsets.US_ASCII)).putInt(binEnd).putInt(binSize);
            next = binEnd + 32;
            binEnd += binSize;
        }
        int cell = next;
        file.putInt(4096 + cell, -size);
        next += size;
        return cell;
    }

    private void closeBin() {
        if (next < binEnd) {
            file.putInt(4096 + next, binEnd - next);
        }
    }
}
