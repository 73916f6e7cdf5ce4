package org.sanboot.junit;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** What several steps throw, and what is no failure though it is thrown. */
final class Problems {

    // JUnit 4's assumptions count as aborts when that JUnit is there; it is no dependency of ours.
    private static final String JUNIT4_ABORT = "org.junit.internal.AssumptionViolatedException";

    private Problems() {}

    /** Takes a step for all, and throws at the end what the first one threw, with the rest suppressed. */
    static <T> void inAll(List<T> all, Consumer<T> step) {
        Throwable first = null;
        for (T each : all) {
            try {
                step.accept(each);
            } catch (RuntimeException | Error e) {
                first = joined(first, e);
            }
        }
        if (first instanceof Error error) {
            throw error;
        }
        if (first != null) {
            throw (RuntimeException) first;
        }
    }

    private static Throwable joined(@Nullable Throwable first, Throwable next) {
        if (first == null || first == next) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    /** Takes a step that an interrupt of the test must not spoil, and leaves the thread interrupted as it was. */
    static void uninterrupted(Runnable step) {
        boolean interrupted = Thread.interrupted();
        try {
            step.run();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static boolean isAbort(Throwable thrown) {
        return thrown instanceof TestAbortedException
                || Stream.<Class<?>>iterate(thrown.getClass(), type -> type != null, Class::getSuperclass)
                        .anyMatch(type -> type.getName().equals(JUNIT4_ABORT));
    }
}
