package org.sanboot.iscsi.session;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
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
 * <p>The thread that reads the connection runs it; other threads end its tasks, abort them or kill it.
 */
final class Session {

    private static final Logger LOG = Logging.logger(Session.class);

    private final SessionInfo info;
    private final SessionParameters parameters;
    private final @Nullable Target target;
    private final Wire wire;
    private final PduWriter writer;
    private final CommandWindow window;
    private final Nexus nexus;
    private final @Nullable Answers answers;
    private final Map<Integer, Task> tasks = new ConcurrentHashMap<>();
    private final AtomicInteger transferTags = new AtomicInteger();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Parting parting;
    private @Nullable CommandRunner commands;

    Session(
            SessionInfo info,
            SessionParameters parameters,
            @Nullable Target target,
            Wire wire,
            PduWriter writer,
            CommandWindow window,
            BufferPool buffers) {
        this.info = info;
        this.parameters = parameters;
        this.target = target;
        this.wire = wire;
        this.writer = writer;
        this.window = window;
        this.nexus = new Nexus(initiatorPort());
        this.answers = target == null ? null : new Answers(this, target, writer, buffers);
        this.parting = new Parting(this, writer);
    }

    /** Says who begins tasks; called before any task is there. */
    void use(CommandRunner runner) {
        commands = runner;
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

    CommandWindow window() {
        return window;
    }

    /** Returns what tasks answer by; there are none in a discovery session. */
    Answers answers() {
        return Objects.requireNonNull(answers);
    }

    Parting parting() {
        return parting;
    }

    int nextTransferTag() {
        return transferTags.updateAndGet(last -> last == Integer.MAX_VALUE ? 1 : last + 1);
    }

    // Tasks

    @Nullable
    Task task(int initiatorTaskTag) {
        return tasks.get(initiatorTaskTag);
    }

    boolean hasTasks() {
        return !tasks.isEmpty();
    }

    boolean hasTasks(LogicalUnit unit) {
        return tasks.values().stream().anyMatch(task -> task.unit() == unit);
    }

    void begin(Task task) {
        tasks.put(task.command.initiatorTaskTag(), task);
        window.taskStarted(task.command.immediate());
    }

    /** Forgets a task that is over; its place in the window is free from here on. */
    boolean unlink(Task task) {
        if (!tasks.remove(task.command.initiatorTaskTag(), task)) {
            return false;
        }
        window.taskEnded(task.command.immediate());
        return true;
    }

    /** Forgets a task of which the initiator hears nothing; where it waits for room in the window, it is told of that. */
    void unlinkAborted(Task task) {
        TraceRecorder trace = target == null ? null : target.trace();
        if (trace != null) {
            trace.aborted(task.command);
        }
        boolean waits = window.isClosed();
        if (unlink(task) && waits && target != null) {
            target.threads().execute(() -> parting.showWindow());
        }
    }

    /** Lets tasks begin that waited for this one, and tells who waits for the last of them. */
    void releaseHeldBack(Task task) {
        if (task.server != null) {
            for (Task next : task.server.taskSet().remove(task)) {
                next.startHeldBack();
            }
        }
        parting.taskEnded();
    }

    /** Begins a task of this session that waited for older ones, on a thread of its own. */
    void startHeldBack(Task task) {
        CommandRunner runner = commands;
        if (runner != null && target != null) {
            target.threads().execute(() -> runner.startHeldBack(task));
        }
    }

    /** Runs a task on a worker. */
    void executeLater(Task task) {
        DeviceServer server = Objects.requireNonNull(task.server);
        try {
            task.data().keep();
            server.workers().execute(slot -> {
                task.run(slot);
                slot.end();
                flush();
            });
        } catch (RuntimeException | Error e) {
            task.failed(e);
        }
    }

    /** Sends what a task left unsent that did not end on the thread that reads. */
    void flush() {
        try {
            writer.flushUnlessOthersWill();
        } catch (IOException e) {
            LOG.debug("An answer could not be sent: {}", e.getMessage());
        }
    }

    /** Aborts the tasks of one logical unit, or of all, and waits for no disk. */
    void abortTasks(@Nullable LogicalUnit unit) {
        for (Task task : tasks.values()) {
            if (unit == null || task.unit() == unit) {
                task.abort();
            }
        }
    }

    // The end

    /** Makes the session end soon; {@link #awaitEnd} tells when it has. */
    void kill() {
        wire.close();
    }

    /** Is called by the connection's thread when it is done with the session; waits for no disk. */
    void end() {
        wire.close();
        abortTasks(null);
        if (target != null) {
            target.left(this);
        }
        parting.sessionEnded();
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
