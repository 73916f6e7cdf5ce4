package org.sanboot.windows.structure;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Changes to a medium that stay in memory until they are wanted.
 *
 * <p>What was read lately is kept too, which makes many small reads cheap. Of one thread.
 */
public final class Draft implements Medium {

    private static final int PAGE = 4096;
    private static final int KEPT_PAGES = 2048;

    private final Medium original;
    private final TreeMap<Long, byte[]> changed = new TreeMap<>();
    private final Map<Long, byte[]> recent = new LinkedHashMap<>(KEPT_PAGES, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > KEPT_PAGES;
        }
    };

    /**
     * A run of bytes that differs from the original.
     *
     * @param offset in bytes
     * @param before what the original holds
     * @param after what the draft holds, of the same length
     */
    @SuppressWarnings("ArrayRecordComponent") // Never compared, only written.
    public record Change(long offset, byte[] before, byte[] after) {}

    /**
     * Starts a draft without changes.
     *
     * @param original is read, and written only by {@link #apply()}
     */
    public Draft(Medium original) {
        this.original = original;
    }

    @Override
    public long size() {
        return original.size();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        requireInside("The file", offset, destination.remaining());
        for (long at = offset; destination.hasRemaining(); ) {
            byte[] page = page(at / PAGE);
            int within = (int) (at % PAGE);
            int length = Math.min(destination.remaining(), page.length - within);
            destination.put(page, within, length);
            at += length;
        }
    }

    /** Changes the draft only. */
    @Override
    public void write(long offset, ByteBuffer source) {
        requireInside("The file", offset, source.remaining());
        for (long at = offset; source.hasRemaining(); ) {
            long number = at / PAGE;
            byte[] page = changed.computeIfAbsent(number, key -> page(key).clone());
            int within = (int) (at % PAGE);
            int length = Math.min(source.remaining(), page.length - within);
            source.get(page, within, length);
            at += length;
        }
    }

    /**
     * Lists what differs from the original.
     *
     * @return runs in ascending order, none of which needlessly contains an equal byte
     */
    public List<Change> changes() {
        List<Change> changes = new ArrayList<>();
        changed.forEach((number, after) -> {
            byte[] before = originalPage(number);
            for (int at = 0; at < after.length; at++) {
                int start = at;
                while (at < after.length && before[at] != after[at]) {
                    at++;
                }
                if (at > start) {
                    changes.add(new Change(
                            number * PAGE + start,
                            Arrays.copyOfRange(before, start, at),
                            Arrays.copyOfRange(after, start, at)));
                }
            }
        });
        return changes;
    }

    /** Writes what differs to the original. */
    public void apply() {
        changes().forEach(change -> original.write(change.offset(), ByteBuffer.wrap(change.after())));
    }

    private byte[] page(long number) {
        byte[] mine = changed.get(number);
        return mine != null ? mine : recent.computeIfAbsent(number, this::originalPage);
    }

    private byte[] originalPage(long number) {
        byte[] page = new byte[(int) Math.min(PAGE, size() - number * PAGE)];
        original.read(number * PAGE, ByteBuffer.wrap(page));
        return page;
    }
}
