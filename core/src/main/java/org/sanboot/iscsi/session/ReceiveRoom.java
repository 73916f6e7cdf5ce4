package org.sanboot.iscsi.session;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * How many bytes of data one logical unit's writes may have in memory or on their way. What an initiator sends of its own
 * accord is taken if there is room, and its command refused otherwise; what it is asked for has its room beforehand. So a
 * connection's reader never waits for a disk that hangs, and nobody waits for memory while holding some.
 */
final class ReceiveRoom {

    static final long BYTES = 64L << 20;

    /** How long a reader waits at most for a disk that takes data in good time to take some more. */
    private static final long PATIENCE_MILLIS = 50;

    private final long size;
    private final Executor threads;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private long taken;

    /** Nothing was given back since somebody waited in vain: the disk hangs, and waiting again would be in vain as well. */
    private boolean stuck;

    ReceiveRoom(long size, Executor threads) {
        this.size = size;
        this.threads = threads;
    }

    /** Takes room for what an initiator sends unasked; returns false where there is none. */
    synchronized boolean takeSoon(long bytes) {
        long patience = TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        long deadline = System.nanoTime() + patience;
        while (taken + bytes > size) {
            long left = deadline - System.nanoTime();
            if (stuck || left <= 0) {
                stuck = true;
                return false;
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        taken += bytes;
        return true;
    }

    /** Takes room for what an initiator is to be asked for; where there is none, calls back when there may be. */
    synchronized boolean takeOrWait(long bytes, Runnable callBack) {
        if (taken + bytes > size) {
            waiting.add(callBack);
            return false;
        }
        taken += bytes;
        return true;
    }

    /** Takes room, whether there is any or not, for a command that all others wait for. */
    synchronized void takeRegardless(long bytes) {
        taken += bytes;
    }

    void giveBack(long bytes) {
        if (bytes == 0) {
            return;
        }
        Runnable next;
        synchronized (this) {
            taken -= bytes;
            stuck = false;
            notifyAll();
            next = waiting.poll();
        }
        if (next != null) {
            // It writes to another session's wire, whose peer may not read.
            threads.execute(next);
        }
    }

    /** Returns how many bytes are taken. */
    synchronized long taken() {
        return taken;
    }
}
