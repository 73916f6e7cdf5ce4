package org.sanboot.iscsi.session;

import java.util.Collection;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Looks every few milliseconds for connections whose reader is held up by a disk, while any of them does such work at all. */
final class Lookout implements Runnable {

    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(10);

    /** So many looks without any work to be seen, and it sleeps until it is woken. */
    private static final int LAST_LOOK = 100;

    private final Collection<Connection> connections;
    private final Thread thread;
    private volatile boolean asleep;
    private volatile boolean closed;

    Lookout(Collection<Connection> connections, ThreadFactory threads) {
        this.connections = connections;
        this.thread = threads.newThread(this);
    }

    void start() {
        thread.start();
    }

    /** Is called after a reader lent its role. */
    void wake() {
        if (asleep) {
            asleep = false;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void run() {
        int quiet = 0;
        while (!closed) {
            quiet = look() ? 0 : quiet + 1;
            if (quiet < LAST_LOOK) {
                LockSupport.parkNanos(TICK);
                continue;
            }
            asleep = true;
            // Whoever lent the role before it saw this is seen now; whoever does so later wakes.
            while (asleep && !look() && !closed) {
                LockSupport.park(this);
            }
            asleep = false;
            quiet = 0;
        }
    }

    private boolean look() {
        boolean any = false;
        long now = System.nanoTime();
        for (Connection connection : connections) {
            any |= connection.relieveReader(now);
        }
        return any;
    }

    void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
