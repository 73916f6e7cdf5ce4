package org.sanboot.iscsi.session;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Aborted tasks of one logical unit for which a thread is still inside the disk.
 *
 * <p>Nobody waits for them: task management and logins are answered at once, however long the disk hangs. LIO answers an
 * abort only when the disk has let go of the command; an initiator gives up before that, drops the session, and waits again
 * with its next login (open-iscsi/targetcli-fb #195, open-iscsi/tcmu-runner #697).
 *
 * <p>What the answer promises, that nothing more comes of the aborted command (SAM-5 7.2), holds all the same: whatever
 * arrives after it is kept from the medium until those that change it have left. So nobody reads a block before and after a
 * late change of it, and no late piece of an aborted write lies over a younger one. What arrived earlier ran beside the
 * aborted command, and may be seen before or after it.
 */
final class Stragglers {

    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final Set<Task> inside = new HashSet<>();
    private final Set<Task> changing = new HashSet<>();
    private volatile CompletableFuture<Void> settled = DONE;
    private CompletableFuture<Void> gone = DONE;

    synchronized void add(Task task, boolean changesMedium) {
        if (inside.isEmpty()) {
            gone = new CompletableFuture<>();
        }
        inside.add(task);
        if (changesMedium) {
            if (changing.isEmpty()) {
                settled = new CompletableFuture<>();
            }
            changing.add(task);
        }
    }

    /** Notes that nothing is done for a task any more, if it is one of these; called without any lock. */
    void remove(Task task) {
        CompletableFuture<Void> nobodyIsThere = DONE;
        CompletableFuture<Void> nothingChanges = DONE;
        synchronized (this) {
            if (inside.remove(task) && inside.isEmpty()) {
                nobodyIsThere = gone;
            }
            if (changing.remove(task) && changing.isEmpty()) {
                nothingChanges = settled;
            }
        }
        nothingChanges.complete(null);
        nobodyIsThere.complete(null);
    }

    /** Completes when none of them changes the medium any more. */
    CompletableFuture<Void> settled() {
        return settled;
    }

    /** Completes when there are none. */
    synchronized CompletableFuture<Void> gone() {
        return gone;
    }
}
