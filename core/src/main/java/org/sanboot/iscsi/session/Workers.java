package org.sanboot.iscsi.session;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs work that may wait for one disk, a bounded number of pieces at a time; the rest queues up. Threads come from a
 * supply that is not bounded, so a disk that hangs takes nobody's but its own.
 */
final class Workers {

    private final int slots;
    private final Executor threads;
    private final ArrayDeque<Work> queue = new ArrayDeque<>();
    private int busy;
    private int returning;

    Workers(int slots, Executor threads) {
        this.slots = slots;
        this.threads = threads;
    }

    /** Something to be done in a slot. */
    interface Work {
        void run(Slot slot);
    }

    /** One of the places inside the disk. It is given back while its thread does something else. */
    final class Slot implements DiskPermit {

        private boolean held = true;

        @Override
        public boolean isWorkers() {
            return true;
        }

        @Override
        public void begin() {
            if (!held) {
                awaitSlot();
                held = true;
            }
        }

        @Override
        public void end() {
            if (held) {
                held = false;
                Work next = next();
                if (next != null) {
                    startOrRun(next);
                }
            }
        }
    }

    /** Runs what waited on a thread of its own, or on this one where the system has no other. */
    private void startOrRun(Work work) {
        try {
            threads.execute(() -> runAll(work));
        } catch (RuntimeException | Error e) {
            runAll(work);
        }
    }

    /**
     * Runs work as soon as there is a slot.
     *
     * @throws OutOfMemoryError when the system has no thread; then the work is not run
     */
    void execute(Work work) {
        synchronized (this) {
            if (busy >= slots) {
                queue.add(work);
                return;
            }
            busy++;
        }
        start(work);
    }

    private synchronized void awaitSlot() {
        boolean interrupted = false;
        returning++;
        while (busy >= slots) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        returning--;
        busy++;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Goes on with what waits, in the slot that the caller has; otherwise the slot is free. */
    private synchronized @Nullable Work next() {
        // Whoever began already goes first, so that what is begun ends.
        Work next = returning > 0 ? null : queue.poll();
        if (next == null) {
            busy--;
            notify();
        }
        return next;
    }

    private void start(Work work) {
        try {
            threads.execute(() -> runAll(work));
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                busy--;
                notify();
            }
            throw e;
        }
    }

    private void runAll(Work first) {
        @Nullable Work work = first;
        while (work != null) {
            Slot slot = new Slot();
            try {
                work.run(slot);
            } finally {
                boolean held = slot.held;
                slot.held = false;
                work = held ? next() : null;
            }
        }
    }
}
