package org.sanboot.lab;

import java.time.Instant;
import java.util.Objects;

/**
 * A guest that gave up by itself: it panicked, or stopped with a bugcheck.
 *
 * @param what was seen, as a part of a sentence, such as {@code the guest panicked: Attempted to kill init!}
 * @param seen when it was seen first
 */
public record Crash(String what, Instant seen) {

    /** Checks the values. */
    public Crash {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(seen, "seen");
    }
}
