package org.sanboot.iscsi.session;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The right to read one connection's wire. The thread that has it lends it while it does a command's work itself; when that
 * takes long, the {@link Lookout} gives the right to another thread, and the first one only ends its command.
 */
final class ReaderRole {

    /** How long a command may keep its thread from reading on. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(15);

    private static final long READING = 0;
    private static final VarHandle SINCE;

    static {
        try {
            SINCE = MethodHandles.lookup().findVarHandle(ReaderRole.class, "since", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** When the right was lent, by {@link System#nanoTime}; {@link #READING} while its owner reads. */
    @SuppressWarnings("UnusedVariable") // It is read by its handle.
    private volatile long since;

    private volatile @Nullable DiskPace disk;

    /** Is called by the owner before it does the work of a command of a disk; returns what {@link #takeBack} takes. */
    long lend(DiskPace pace) {
        long now = System.nanoTime() | 1;
        disk = pace;
        SINCE.setVolatile(this, now);
        return now;
    }

    /** Is called by whoever lent it, when the work is done; returns false when somebody else reads by now. */
    boolean takeBack(long lent) {
        return SINCE.compareAndSet(this, lent, READING);
    }

    boolean isLent() {
        return (long) SINCE.getVolatile(this) != READING;
    }

    /** Takes the right from an owner whose work takes long; returns what {@link #giveBack} takes, and 0 without success. */
    long takeFromSlowOwner(long now) {
        long lent = (long) SINCE.getVolatile(this);
        if (lent == READING || now - lent < PATIENCE || !SINCE.compareAndSet(this, lent, READING)) {
            return READING;
        }
        DiskPace pace = disk;
        if (pace != null) {
            pace.hangs();
        }
        return lent;
    }

    /** Gives back what {@link #takeFromSlowOwner} took, since there is no thread to read; it can be taken again. */
    void giveBack(long lent) {
        SINCE.setVolatile(this, lent);
    }
}
