package org.sanboot.lab;

import java.time.Duration;

/** Counts what a lab does; thread-safe. */
final class LabTally {

    private int booted;
    private int failed;
    private int kept;
    private Duration booting = Duration.ZERO;
    private Duration inUse = Duration.ZERO;
    private Duration ending = Duration.ZERO;

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

    synchronized void kept() {
        kept++;
    }

    synchronized LabSummary summary() {
        return new LabSummary(booted, failed, booting, inUse, ending, kept);
    }
}
