package org.sanboot.cli.lab;

import java.time.Duration;

/**
 * How one step went.
 *
 * @param step which
 * @param outcome well or not
 * @param took how long
 * @param text what was seen
 */
record Finding(Step step, Outcome outcome, Duration took, String text) {

    enum Outcome {
        OK,
        /** Nothing is wrong, but nothing was proven either. */
        SKIPPED,
        FAILED
    }

    static boolean failed(Iterable<Finding> findings) {
        for (Finding finding : findings) {
            if (finding.outcome() == Outcome.FAILED) {
                return true;
            }
        }
        return false;
    }
}
