package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes transaction logs for tests, as Windows would on the way from one state of a hive to the next. */
public final class LogBuilder {

    private static final int PAGE = 4096;

    private final byte[] base;
    private final List<byte[]> entries = new ArrayList<>();

    private LogBuilder(byte[] hive, int type, int sequence) {
        base = block(hive, type, sequence, sequence);
    }

    /** Begins a log of Windows 8.1 and later, whose entries follow. */
    public static LogBuilder ofNewFormat(byte[] hive, int sequence) {
        return new LogBuilder(hive, 6, sequence);
    }

    /** Makes a whole log of Windows up to 8. */
    public static byte[] ofOldFormat(byte[] before, byte[] after, int sequence, long timestamp) {
        byte[] block = block(after, 1, sequence, sequence);
        little(block).putLong(12, timestamp);
        sum(block);
        int size = after.length - PAGE;
        ByteBuffer log = little(new byte[512 + size / PAGE + 4 + 512 + size]);
        log.put(block).put("DIRT".getBytes(StandardCharsets.US_ASCII));
        int data = (512 + 4 + size / PAGE + 511) / 512 * 512;
        for (int page = 0; page < size / PAGE; page++) {
            boolean changed = changed(before, after, page);
            log.put(516 + page, (byte) (changed ? 0xff : 0));
            if (changed) {
                log.put(data, after, PAGE + page * PAGE, PAGE);
                data += PAGE;
            }
        }
        return Arrays.copyOf(log.array(), data);
    }

    /** Adds an entry that leads from one state to the next. */
    public LogBuilder entry(int sequence, byte[] before, byte[] after) {
        List<Integer> pages = new ArrayList<>();
        for (int page = 0; page < after.length / PAGE - 1; page++) {
            if (changed(before, after, page)) {
                pages.add(page);
            }
        }
        int size = (40 + pages.size() * (8 + PAGE) + 511) / 512 * 512;
        ByteBuffer entry = little(new byte[size]);
        entry.put("HvLE".getBytes(StandardCharsets.US_ASCII))
                .putInt(size)
                .putInt(0)
                .putInt(sequence);
        entry.putInt(after.length - PAGE).putInt(pages.size()).putLong(0).putLong(0);
        pages.forEach(page -> entry.putInt(page * PAGE).putInt(PAGE));
        pages.forEach(page -> entry.put(after, PAGE + page * PAGE, PAGE));
        return raw(hashed(entry.array()));
    }

    /** Adds bytes that stand where an entry is expected. */
    public LogBuilder raw(byte[] bytes) {
        entries.add(bytes);
        return this;
    }

    /** Returns what has been added last, to be damaged. */
    public byte[] last() {
        return entries.get(entries.size() - 1);
    }

    public byte[] build() {
        ByteBuffer log = ByteBuffer.allocate(
                512 + entries.stream().mapToInt(entry -> entry.length).sum());
        log.put(base);
        entries.forEach(log::put);
        return log.array();
    }

    public static byte[] hashed(byte[] entry) {
        ByteBuffer bytes = little(entry);
        bytes.putLong(24, marvin(Arrays.copyOfRange(entry, 40, entry.length)));
        bytes.putLong(32, marvin(Arrays.copyOf(entry, 32)));
        return entry;
    }

    /** Makes the hive one whose last write was not finished. */
    public static byte[] dirty(byte[] hive, int first, int second) {
        byte[] dirty = hive.clone();
        System.arraycopy(block(hive, 0, first, second), 0, dirty, 0, 512);
        return dirty;
    }

    private static byte[] block(byte[] hive, int type, int first, int second) {
        byte[] block = Arrays.copyOf(hive, 512);
        little(block).putInt(4, first).putInt(8, second).putInt(28, type).putInt(40, hive.length - PAGE);
        return sum(block);
    }

    private static byte[] sum(byte[] block) {
        int sum = 0;
        for (int at = 0; at < 508; at += 4) {
            sum ^= little(block).getInt(at);
        }
        little(block).putInt(508, sum);
        return block;
    }

    private static boolean changed(byte[] before, byte[] after, int page) {
        int at = PAGE + page * PAGE;
        return at >= before.length || !Arrays.equals(before, at, at + PAGE, after, at, at + PAGE);
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Words at a time over padded bytes, where the code under test goes byte by byte. */
    private static long marvin(byte[] bytes) {
        ByteBuffer padded = little(Arrays.copyOf(bytes, bytes.length / 4 * 4 + 8));
        padded.put(bytes.length, (byte) 0x80);
        int p0 = 0x7A4E_55C5;
        int p1 = 0x82EF_4D88;
        while (padded.hasRemaining()) {
            p0 += padded.getInt();
            p1 ^= p0;
            p0 = Integer.rotateLeft(p0, 20) + p1;
            p1 = Integer.rotateLeft(p1, 9) ^ p0;
            p0 = Integer.rotateLeft(p0, 27) + p1;
            p1 = Integer.rotateLeft(p1, 19);
        }
        return ((long) p1 << 32) | (p0 & 0xffff_ffffL);
    }
}
