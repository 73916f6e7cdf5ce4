package org.sanboot.windows.structure;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes to a medium that stay in memory until they are wanted.
 *
 * <p>What was read lately is kept too, which makes many small reads cheap. Of one thread.
 */
public final class Draft implements Medium {

    private static final int PAGE = 4096;
    private static final int KEPT_PAGES = 2048;

    private final Medium original;
    private final Map<Long, byte[]> changed = new HashMap<>();
    private final Map<Long, byte[]> recent = new LinkedHashMap<>(KEPT_PAGES, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
            return size() > KEPT_PAGES;
        }
    };

    /** The writes in their order, which matters: whoever dies between two of them must leave something sound. */
    private final List<Edit> edits = new ArrayList<>();

    @SuppressWarnings("ArrayRecordComponent") // Never compared, only written.
    private record Edit(long offset, byte[] bytes) {}

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
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        edits.add(new Edit(offset, bytes));
        for (long at = offset; source.hasRemaining(); ) {
            long number = at / PAGE;
            byte[] page = changed.computeIfAbsent(number, key -> page(key).clone());
            int within = (int) (at % PAGE);
            int length = Math.min(source.remaining(), page.length - within);
            source.get(page, within, length);
            at += length;
        }
    }

    /** Writes the changes to the original, each whole and in the order in which they were made. */
    public void apply() {
        edits.forEach(edit -> original.write(edit.offset(), ByteBuffer.wrap(edit.bytes())));
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
