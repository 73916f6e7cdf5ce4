package org.sanboot.iscsi.session;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.login.SessionParameters;
import org.sanboot.iscsi.scsi.InitiatorPort;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.Nexus;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * A session, which has one connection (MaxConnections is 1), and the tasks that it has under way.
 *
 * <p>The connection's thread runs it; other threads abort its tasks or kill it.
 */
final class Session {

    private static final Logger LOG = Logging.logger(Session.class);

    private final SessionInfo info;
    private final SessionParameters parameters;
    private final @Nullable Target target;
    private final Wire wire;
    private final CommandWindow window;
    private final Nexus nexus;
    private final Map<Integer, Task> tasks = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    Session(SessionInfo info, SessionParameters parameters, @Nullable Target target, Wire wire, CommandWindow window) {
        this.window = window;
        this.info = info;
        this.parameters = parameters;
        this.target = target;
        this.wire = wire;
        this.nexus = new Nexus(new InitiatorPort(info.initiatorName(), info.isid()));
    }

    SessionInfo info() {
        return info;
    }

    SessionParameters parameters() {
        return parameters;
    }

    /** Returns the target; null in a discovery session. */
    @Nullable
    Target target() {
        return target;
    }

    Nexus nexus() {
        return nexus;
    }

    InitiatorPort initiatorPort() {
        return new InitiatorPort(info.initiatorName(), info.isid());
    }

    Map<Integer, Task> tasks() {
        return tasks;
    }

    /** Aborts the tasks of one logical unit, or of all. Returns what completes when nothing touches the disk for them. */
    CompletableFuture<Void> abortTasks(@Nullable LogicalUnit unit) {
        return CompletableFuture.allOf(tasks.values().stream()
                .filter(task -> unit == null || task.unit == unit)
                .map(this::abort)
                .toArray(CompletableFuture<?>[]::new));
    }

    boolean hasTasks(LogicalUnit unit) {
        return tasks.values().stream().anyMatch(task -> task.unit == unit);
    }

    /** Aborts a task. Returns what completes when nothing touches the disk for it. */
    CompletableFuture<Void> abort(Task task) {
        task.abort();
        boolean waits = task instanceof GatedTask gated && gated.isWaiting();
        if (waits || task instanceof WriteTask) {
            // A write touches the disk only under its monitor, and no more from now on. Data that is still on its way
            // belongs to no task then, and is dropped.
            end(task);
        }
        return task.ended;
    }

    /** Tells whether a task of this tag is under way; one that passed its gate may be answered already. */
    boolean hasTask(int initiatorTaskTag) {
        Task task = tasks.get(initiatorTaskTag);
        boolean answered = task instanceof GatedTask gated && !gated.isWaiting();
        return task != null && !answered;
    }

    void begin(Task task) {
        // A task that passed its gate may still be there, and is replaced by what it turned into.
        if (tasks.put(task.command.initiatorTaskTag(), task) == null) {
            window.taskStarted();
        }
    }

    void end(Task task) {
        if (tasks.remove(task.command.initiatorTaskTag(), task)) {
            window.taskEnded();
        }
        task.ended.complete(null);
    }

    /** Makes the session end soon; {@link #awaitEnd} tells when it has. */
    void kill() {
        wire.close();
    }

    /** Is called by the connection's thread when it is done with the session. */
    void end() {
        wire.close();
        abortTasks(null).join();
        tasks.clear();
        if (target != null) {
            target.left(this);
        }
        notify(observer -> observer.ended(info));
        ended.complete(null);
    }

    CompletableFuture<Void> awaitEnd() {
        return ended;
    }

    /** Tells the observer something, and survives whatever it does with that. */
    void notify(Consumer<SessionObserver> event) {
        if (target != null) {
            notify(target.observer(), event);
        }
    }

    static void notify(SessionObserver observer, Consumer<SessionObserver> event) {
        try {
            event.accept(observer);
        } catch (RuntimeException | Error e) {
            LOG.warn("A session observer failed", e);
        }
    }
}
