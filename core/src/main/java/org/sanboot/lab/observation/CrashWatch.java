package org.sanboot.lab.observation;

import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.lab.Crash;

/**
 * Remembers the first crash of a guest since it was ready. Before that a crash is a failed boot, and after a person or a
 * test has switched the power it is history.
 *
 * <p>Thread-safe: the machine, its console and its screen tell on threads of their own.
 */
public final class CrashWatch {

    private final InstantSource clock;
    private boolean guestWasReady;
    private @Nullable Crash first;

    /**
     * Begins with a guest that is not ready.
     *
     * @param clock says when a crash is seen
     */
    public CrashWatch(InstantSource clock) {
        this.clock = clock;
    }

    /** Says that the guest is ready. */
    public synchronized void guestIsReady() {
        guestWasReady = true;
    }

    /**
     * Says that the guest crashed; what is seen of the same crash later adds nothing.
     *
     * @param what a part of a sentence
     */
    public synchronized void saw(String what) {
        if (guestWasReady && first == null) {
            first = new Crash(what, clock.instant());
        }
    }

    /** Forgets what crashed, for the power was switched on purpose. */
    public synchronized void forget() {
        first = null;
    }

    /** Returns the first crash that was seen and not forgotten. */
    public synchronized Optional<Crash> crash() {
        return Optional.ofNullable(first);
    }
}
