package org.sanboot.lab.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.lab.LabSummary;

/** Counts what a lab does; thread-safe. */
final class LabTally {

    private int booted;
    private int failed;
    private int clones;
    private final List<Failure> kept = new ArrayList<>();
    private Duration booting = Duration.ZERO;
    private Duration inUse = Duration.ZERO;
    private Duration ending = Duration.ZERO;
    private Duration keeping = Duration.ZERO;

    synchronized void booted(Duration took) {
        booted++;
        booting = booting.plus(took);
    }

    synchronized void bootFailed(Duration took) {
        failed++;
        booting = booting.plus(took);
    }

    /**
     * Counts a machine that is off for good. What it took to gather evidence is not its test's: it is told apart.
     *
     * @param ready when it became usable; null when it never did, and so was in no test's use
     * @param from when its end began
     * @param to when it was over
     * @param witnessing how long evidence was gathered before its end
     */
    synchronized void ended(@Nullable Instant ready, Instant from, Instant to, Duration witnessing) {
        if (ready != null) {
            inUse = inUse.plus(atLeastZero(Duration.between(ready, from).minus(witnessing)));
        }
        ending = ending.plus(atLeastZero(Duration.between(from, to)));
        keeping = keeping.plus(witnessing);
    }

    /** The host's clock may be set back. */
    private static Duration atLeastZero(Duration time) {
        return time.isNegative() ? Duration.ZERO : time;
    }

    synchronized void cloned() {
        clones++;
    }

    synchronized void kept(Failure failure, Duration took) {
        kept.add(failure);
        keeping = keeping.plus(took);
    }

    synchronized LabSummary summary(FailureStore store) {
        long bytes = store.allocatedBytes(kept).values().stream()
                .mapToLong(Long::longValue)
                .sum();
        int flaky = (int) kept.stream().filter(Failure::flaky).count();
        return new LabSummary(
                booted, failed, clones, booting, inUse, ending, keeping, kept.size(), flaky, new ByteSize(bytes));
    }
}
