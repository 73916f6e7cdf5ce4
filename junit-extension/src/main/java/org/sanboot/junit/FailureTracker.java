package org.sanboot.junit;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What failed and what passed in a test or a class. It counts for all classes around as well, because a class's machine is
 * evidence of every failure in the class. Thread-safe.
 */
final class FailureTracker {

    private final @Nullable FailureTracker around;
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();
    private volatile boolean passed;
    private volatile boolean notRun;

    FailureTracker(@Nullable FailureTracker around) {
        this.around = around;
    }

    void note(Verdict verdict) {
        if (verdict instanceof Verdict.Failed failed && failed.thrown() instanceof NotRunException) {
            // It says nothing about the machines that there are.
            notRun = true;
        } else if (verdict instanceof Verdict.Failed failed) {
            first.compareAndSet(null, failed.thrown());
        } else if (verdict instanceof Verdict.Passed) {
            passed = true;
        }
        if (around != null) {
            around.note(verdict);
        }
    }

    /** Returns what failed first, or null. */
    @Nullable
    Throwable first() {
        return first.get();
    }

    boolean hasFailed() {
        return first.get() != null;
    }

    boolean hasOnlyPassed() {
        return passed && !notRun && !hasFailed();
    }
}
