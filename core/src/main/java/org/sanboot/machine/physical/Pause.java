package org.sanboot.machine.physical;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.sanboot.InfrastructureException;

/** Lets time go by, where a controller gives no event to wait for. */
interface Pause {

    /** The real one. */
    Pause SLEEP = duration -> {
        try {
            TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while a power controller was waited for.", e);
        }
    };

    void of(Duration duration);
}
