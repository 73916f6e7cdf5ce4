package org.sanboot.lab.embedded;

import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sanboot.evidence.FailureStore;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * What a lab does behind the back of tests, which need not wait for it: one thread, one thing after the other.
 *
 * <p>Thread-safe. What is asked for after the end is done at once, by the one who asks.
 */
final class Housekeeping implements Executor, AutoCloseable {

    private static final Logger LOGGER = Logging.logger(Housekeeping.class);

    /** To delete what retention has no room for may take long on a slow disk; the next run goes on with it. */
    private static final int LONGEST_SECONDS = 30;

    private final ExecutorService thread = Executors.newSingleThreadExecutor(Housekeeping::thread);
    private final AtomicBoolean rehearsed = new AtomicBoolean();

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-housekeeping");
        thread.setDaemon(true);
        return thread;
    }

    /** Readies this JVM to keep failures quickly, once, while its first machine boots and the processor has time. */
    void rehearse(Path scratch) {
        if (rehearsed.compareAndSet(false, true)) {
            execute(() -> FailureStore.rehearse(scratch));
        }
    }

    @Override
    public void execute(Runnable task) {
        if (thread.isShutdown()) {
            task.run();
        } else {
            thread.execute(task);
        }
    }

    /** Waits for what is under way. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(LONGEST_SECONDS, TimeUnit.SECONDS)) {
                LOGGER.warn(
                        "Tidying up the failures is left to the next run: it took more than {} s.", LONGEST_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
