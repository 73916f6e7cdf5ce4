package org.sanboot.lab.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.lab.Stay;

/** Boots machines side by side, each on a thread of its own: all of them become ready, or none is left. */
final class BootTogether {

    private BootTogether() {}

    /**
     * Boots, and returns when all guests are ready.
     *
     * @param requests at least one
     * @param boot boots one machine; ends early and leaves nothing when its thread is interrupted
     * @return in the order of the requests
     */
    static <T> List<Stay> boot(List<T> requests, Function<T, Stay> boot) {
        if (requests.size() == 1) {
            return List.of(boot.apply(requests.get(0)));
        }
        ExecutorService threads =
                Executors.newFixedThreadPool(requests.size(), task -> new Thread(task, "sanboot-boot"));
        CompletionService<Stay> finished = new ExecutorCompletionService<>(threads);
        List<Future<Stay>> boots = requests.stream()
                .map(request -> finished.submit(() -> boot.apply(request)))
                .toList();
        try {
            for (int i = 0; i < boots.size(); i++) {
                finished.take().get();
            }
            return stays(boots);
        } catch (ExecutionException e) {
            throw undone(threads, boots, unchecked(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw undone(threads, boots, new InfrastructureException("Interrupted while machines booted.", e));
        } finally {
            threads.shutdown();
        }
    }

    private static List<Stay> stays(List<Future<Stay>> boots) throws ExecutionException, InterruptedException {
        List<Stay> stays = new ArrayList<>();
        for (Future<Stay> boot : boots) {
            stays.add(boot.get());
        }
        return List.copyOf(stays);
    }

    /** Ends what still boots, discards what is ready, and adds to the failure what else went wrong. */
    private static RuntimeException undone(
            ExecutorService threads, List<Future<Stay>> boots, RuntimeException failure) {
        threads.shutdownNow();
        boolean interrupted = awaitEnd(threads);
        for (Future<Stay> boot : boots) {
            try {
                boot.get().discard();
            } catch (ExecutionException e) {
                suppress(failure, e.getCause());
            } catch (InterruptedException | RuntimeException e) {
                suppress(failure, e);
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return failure;
    }

    /** Waits though the thread be interrupted: a machine must not outlive the call that booted it. */
    private static boolean awaitEnd(ExecutorService threads) {
        boolean interrupted = Thread.interrupted();
        boolean ended = false;
        while (!ended) {
            try {
                ended = threads.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    private static void suppress(RuntimeException failure, @Nullable Throwable other) {
        if (other != null && other != failure) {
            failure.addSuppressed(other);
        }
    }

    private static RuntimeException unchecked(@Nullable Throwable thrown) {
        return thrown instanceof RuntimeException unchecked
                ? unchecked
                : new InfrastructureException("A machine could not be booted.", thrown);
    }
}
