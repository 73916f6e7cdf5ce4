package org.sanboot.evidence.inspection;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A difference between two states of a volume.
 *
 * @param before nothing when the entry was added
 * @param after nothing when the entry was deleted
 */
public record Change(@Nullable Entry before, @Nullable Entry after) {

    /** What happened to an entry. */
    public enum Kind {
        /** It is new. */
        ADDED,
        /** Its content, its owner or its permissions changed. */
        MODIFIED,
        /** It is gone. */
        DELETED
    }

    /**
     * Returns what happened.
     *
     * @return the kind of change
     */
    public Kind kind() {
        return before == null ? Kind.ADDED : after == null ? Kind.DELETED : Kind.MODIFIED;
    }

    /**
     * Returns the entry as it is now, or as it was before it was deleted.
     *
     * @return the entry
     */
    public Entry entry() {
        Entry now = after != null ? after : before;
        if (now == null) {
            throw new IllegalStateException("a change of nothing");
        }
        return now;
    }

    /**
     * Compares two states of a volume. Content is compared by length and times, as any guest keeps them; what was written
     * past the guest's file system is not seen.
     *
     * @param before the golden image's volume
     * @param after the kept disk's volume
     * @return by path
     */
    public static List<Change> between(Volume before, Volume after) {
        Map<String, Entry> old = byPath(before);
        Map<String, Entry> now = byPath(after);
        TreeSet<String> paths = new TreeSet<>(old.keySet());
        paths.addAll(now.keySet());
        List<Change> changes = new ArrayList<>();
        for (String path : paths) {
            Entry was = old.get(path);
            Entry is = now.get(path);
            if (was == null || is == null || !was.sameAs(is)) {
                changes.add(new Change(was, is));
            }
        }
        return changes;
    }

    private static Map<String, Entry> byPath(Volume volume) {
        Map<String, Entry> entries = new TreeMap<>();
        volume.walk().forEach(entry -> entries.put(entry.path(), entry));
        return entries;
    }
}
