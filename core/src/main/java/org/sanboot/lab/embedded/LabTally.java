package org.sanboot.lab.embedded;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

    synchronized void ended(Duration used, Duration took) {
        inUse = inUse.plus(used);
        ending = ending.plus(took);
    }

    synchronized void witnessed(Duration took) {
        keeping = keeping.plus(took);
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
