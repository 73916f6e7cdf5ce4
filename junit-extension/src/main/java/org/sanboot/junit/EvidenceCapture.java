package org.sanboot.junit;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Captures what only running machines can show. JUnit has one thread for all time-outs; what it asks for is captured on a
 * thread of its own, and waited for where the test ends. Thread-safe.
 */
final class EvidenceCapture {

    /** A guest's logs are given up after half of that; a capture that takes longer hangs. */
    private static final Duration LONGEST = Duration.ofMinutes(2);

    private final AtomicReference<@Nullable FutureTask<Void>> underWay = new AtomicReference<>();

    /** Begins to capture and returns at once; does nothing when that was begun before. */
    void begin(List<ScopeMachine> machines, Throwable thrown) {
        FutureTask<Void> task = new FutureTask<>(() -> captureAll(machines, thrown), null);
        if (underWay.compareAndSet(null, task)) {
            Thread thread = new Thread(task, "sanboot-evidence");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** Captures, after what was begun has ended. */
    void capture(List<ScopeMachine> machines, Throwable thrown) {
        Problems.uninterrupted(() -> {
            await();
            captureAll(machines, thrown);
        });
    }

    /** Waits until what was begun has ended, for a while. */
    void await() {
        FutureTask<Void> task = underWay.get();
        if (task == null) {
            return;
        }
        try {
            task.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // The test's failure is the news; what could not be captured is missing in its evidence.
        }
    }

    private static void captureAll(List<ScopeMachine> machines, Throwable thrown) {
        machines.forEach(machine -> {
            try {
                machine.stay().witness(thrown);
            } catch (RuntimeException e) {
                // What was thrown is the news; that it could not be captured is a footnote to it.
                thrown.addSuppressed(e);
            }
        });
    }
}
