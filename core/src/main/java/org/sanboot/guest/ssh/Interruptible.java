package org.sanboot.guest.ssh;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;
import org.sanboot.TestException;

/**
 * Does work of the ssh library on a thread of its own, because the library swallows interrupts: a test that is over time
 * would go on.
 */
final class Interruptible {

    /**
     * What is to be done.
     *
     * @param <X> how it may fail
     */
    @FunctionalInterface
    interface Work<X extends Exception> {
        void run() throws X;
    }

    private Interruptible() {}

    /**
     * Does the work and waits for its end. When the calling thread is interrupted meanwhile, it stays so; the work is
     * told to give up, and if it then fails, that is why.
     *
     * @param what completes "interrupted while ..."
     * @param failure the checked exception that the work may throw
     * @param giveUp makes the work end soon
     */
    static <X extends Exception> void run(String what, Class<X> failure, Work<X> work, Runnable giveUp) throws X {
        var task = new FutureTask<Void>(() -> {
            work.run();
            return null;
        });
        Thread worker = new Thread(task, "sanboot-ssh-work");
        worker.setDaemon(true);
        worker.start();
        @Nullable InterruptedException interrupted = null;
        while (true) {
            try {
                task.get();
                break;
            } catch (InterruptedException e) {
                interrupted = e;
                giveUp.run();
            } catch (ExecutionException e) {
                if (interrupted == null) {
                    throw unwrap(e, failure);
                }
                Thread.currentThread().interrupt();
                throw new TestException("The test was interrupted while " + what, interrupted);
            }
        }
        if (interrupted != null) {
            Thread.currentThread().interrupt();
        }
    }

    private static <X extends Exception> X unwrap(ExecutionException e, Class<X> failure) {
        Throwable cause = e.getCause();
        if (failure.isInstance(cause)) {
            return failure.cast(cause);
        }
        if (cause instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        throw new IllegalStateException(cause);
    }
}
