package org.sanboot.iscsi.session;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.Sense;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * One SCSI command from its arrival to its end: what it waits for, who works for it, and its one answer.
 *
 * <pre>
 * HELD ──(older tasks end)──► LIVE ──► ANSWERED   the answer went out, under the writer's lock; nobody can abort it any more
 *   └──────────(abort)──────────┴────► ABORTED    no answer will go out; a thread that is inside the disk for it is waited
 *                                                 for by {@link Stragglers} alone
 * </pre>
 *
 * <p>Any thread may add data or abort it. Whoever makes it runnable has claimed it: is told so and calls {@link #run} once,
 * or {@link #disclaim}. So one thread at a time works for it, by {@link TaskWork}, and what that does is one of its
 * {@link TaskStep}s. Its data is in {@link TaskData}. However it ends, {@link #cleanUp} comes last, once, when nobody works
 * for it any more. Nothing else changes what becomes of a task.
 */
final class Task {

    private static final Logger LOG = Logging.logger(Task.class);

    private enum State {
        HELD,
        LIVE,
        ANSWERED,
        ABORTED
    }

    final ScsiCommand command;
    final @Nullable DeviceServer server;

    private final Session session;

    private final TaskData data;

    /** Guarded by the monitor, as is all that follows. */
    private State state;

    /** A thread has claimed the task, and works for it or soon will. */
    private boolean running;

    /** What that thread does now would be seen on the medium. */
    private boolean changesMedium;

    /** It came while an aborted task still changed the medium, which it leaves alone until that is over. */
    private boolean waitsForStragglers;

    /** What is to be done; null for nothing, or for what the data asks for. */
    private @Nullable Execution next;

    private boolean cleanedUp;

    /**
     * Takes a command in.
     *
     * @param immediate bytes of data that come with it
     * @param unsolicitedEnd how far unsolicited data may reach that follows; 0 for none
     */
    Task(Session session, ScsiCommand command, @Nullable DeviceServer server, int immediate, long unsolicitedEnd) {
        this.session = session;
        this.command = command;
        this.server = server;
        this.data = new TaskData(new DataSequences(immediate, unsolicitedEnd), server == null ? null : server.room());
        this.state = server == null || server.taskSet().admit(this) ? State.LIVE : State.HELD;
    }

    boolean isOrdered() {
        return command.isOrdered();
    }

    boolean isHeadOfQueue() {
        return command.isHeadOfQueue();
    }

    @Nullable
    LogicalUnit unit() {
        return server == null ? null : server.unit();
    }

    TaskData data() {
        return data;
    }

    long expectedLength() {
        return Integer.toUnsignedLong(command.expectedDataTransferLength());
    }

    synchronized boolean isLive() {
        return state == State.LIVE;
    }

    synchronized boolean isAborted() {
        return state == State.ABORTED;
    }

    // Arrival

    /** Begins, where it was held back, on a thread of its own session. */
    void startHeldBack() {
        session.startHeldBack(this);
    }

    /** Lets a task that was held back go on; returns false when it was aborted meanwhile. */
    synchronized boolean release() {
        if (state != State.HELD) {
            return false;
        }
        state = State.LIVE;
        return true;
    }

    /**
     * Says what there is to do for the command.
     *
     * @return true when {@link #run} is to be called
     */
    boolean start(Execution execution) {
        CompletableFuture<Void> settled =
                server == null ? null : server.stragglers().settled();
        if (settled == null || settled.isDone()) {
            return begin(execution);
        }
        synchronized (this) {
            waitsForStragglers = true;
        }
        boolean runs = begin(execution);
        var unused = settled.thenRun(this::stragglersLeft);
        return runs;
    }

    private synchronized boolean begin(Execution execution) {
        if (execution instanceof Execution.Receive receive) {
            if (state == State.ABORTED) {
                receive.sink().close();
                return false;
            }
            data.receive(receive, command.writes() ? expectedLength() : 0);
        } else if (!(execution instanceof Execution.Complete refusal && data.refuse(refusal))) {
            next = execution;
        }
        return claim();
    }

    private void stragglersLeft() {
        boolean runs;
        synchronized (this) {
            waitsForStragglers = false;
            runs = claim();
        }
        if (runs) {
            session.executeLater(this);
        }
    }

    // Data

    /**
     * Takes data, which is the task's to close from here on; returns true when {@link #run} is to be called, before the next
     * PDU is read or after {@link TaskData#keep}.
     */
    synchronized boolean add(Segment segment) {
        data.add(segment);
        boolean runs = claim();
        if (!runs) {
            segment.keep();
        }
        return runs;
    }

    /** Counts data that was skipped; returns true when {@link #run} is to be called. */
    synchronized boolean skip(int count) {
        data.skip(count);
        return claim();
    }

    /** Notes a Data-Out PDU whose data came damaged; returns true when {@link #run} is to be called. */
    synchronized boolean expectDamaged(DataOut pdu) {
        data.expectDamaged(pdu);
        return claim();
    }

    /**
     * Returns the next part of the data to ask for, whose room is taken; null for none now.
     *
     * @param roomMade is called when there is room for a part that there is none for now
     */
    synchronized DataSequences.@Nullable Request nextRequest(
            int tag, int maxBurstLength, int maxOutstanding, Runnable roomMade) {
        if (state != State.LIVE) {
            return null;
        }
        // Younger tasks hold room while they wait for an ORDERED one.
        return data.nextRequest(tag, maxBurstLength, maxOutstanding, isOrdered(), roomMade);
    }

    // Work

    /** Claims the task for a thread, if there is something to do for it. */
    private boolean claim() {
        if (running || state != State.LIVE || !hasWork()) {
            return false;
        }
        running = true;
        return true;
    }

    private boolean hasWork() {
        return (next != null || data.hasStep()) && !(waitsForStragglers && needsDisk());
    }

    /** Tells whether what there is to do touches the disk; for the thread that has claimed the task. */
    synchronized boolean needsDisk() {
        return next == null ? data.touchesMedium() : !(next instanceof Execution.Complete);
    }

    /** Does all that can be done now; called by the thread that has claimed the task. */
    void run(DiskPermit permit) {
        new TaskWork(this, session, permit).run();
    }

    /** Is called in place of {@link #run} by a thread that cannot do that. */
    void disclaim() {
        synchronized (this) {
            running = false;
        }
        cleanUpIfAborted();
    }

    /** Returns what the thread that works for the task does next; null when it has nothing more to do with it. */
    @Nullable
    TaskStep nextStep() {
        TaskStep step = null;
        synchronized (this) {
            if (state != State.ABORTED && next != null) {
                step = new TaskStep.Perform(next);
                next = null;
            } else if (state != State.ABORTED) {
                step = data.next();
            }
            running = step != null;
            changesMedium = step != null && step.changesMedium();
        }
        if (step == null) {
            cleanUpIfAborted();
        }
        return step;
    }

    /** Tells whether a worker may do this now, and notes that it does. */
    synchronized boolean mayDo(Execution.Deferred deferred) {
        changesMedium = deferred.changesMedium();
        return !waitsForStragglers;
    }

    /** Hands what is to be done to a worker, once that may be done. */
    void later(Execution.Deferred deferred) {
        boolean runs;
        synchronized (this) {
            next = deferred;
            changesMedium = false;
            running = false;
            runs = claim();
        }
        if (runs) {
            session.executeLater(this);
        } else {
            cleanUpIfAborted();
        }
    }

    /** Leaves the task alone until a gate opens. */
    void waitFor(Execution.Gated gated) {
        disclaim();
        var unused = gated.gate().whenComplete((result, why) -> {
            boolean runs;
            synchronized (this) {
                next = state == State.LIVE ? gated.next().get() : null;
                runs = claim();
            }
            if (runs) {
                session.executeLater(this);
            }
        });
    }

    // The end

    /** Ends a task that the target itself could not do; called by the thread that works for it. */
    void failed(Throwable why) {
        LOG.warn("A command failed inside the target", why);
        session.answers().end(this, Execution.Complete.failed(Sense.internalFailure()));
    }

    /**
     * Ends the task by an answer: within the writer's lock the task goes, its place in the window with it, and what
     * {@code write} writes takes its number. Called by the thread that works for it.
     */
    void answer(PduWriter writer, PduWriter.Action write) {
        try {
            writer.together(() -> {
                boolean answers;
                synchronized (this) {
                    answers = state == State.LIVE;
                    state = answers ? State.ANSWERED : state;
                }
                if (answers) {
                    session.unlink(this);
                    write.run();
                }
            });
        } catch (IOException e) {
            LOG.debug("An answer could not be sent: {}", e.getMessage());
        } finally {
            synchronized (this) {
                running = false;
                state = state == State.LIVE ? State.ABORTED : state;
            }
            cleanUp();
            session.unlink(this);
            session.releaseHeldBack(this);
        }
    }

    /**
     * Aborts the task: no answer goes out any more. Waits for no disk; a thread that is inside one for the task makes it one of
     * the {@link Stragglers}.
     *
     * @return false when it has been answered
     */
    boolean abort() {
        synchronized (this) {
            if (state == State.ANSWERED) {
                return false;
            }
            if (state != State.ABORTED && running && server != null) {
                server.stragglers().add(this, changesMedium);
            }
            state = State.ABORTED;
        }
        cleanUpIfAborted();
        session.unlinkAborted(this);
        session.releaseHeldBack(this);
        return true;
    }

    private void cleanUpIfAborted() {
        boolean over;
        synchronized (this) {
            over = state == State.ABORTED && !running;
        }
        if (over) {
            cleanUp();
        }
    }

    /** Gives everything back, once; nobody works for the task any more. */
    private void cleanUp() {
        synchronized (this) {
            if (cleanedUp) {
                return;
            }
            cleanedUp = true;
        }
        try {
            data.close();
        } finally {
            if (server != null) {
                server.stragglers().remove(this);
            }
        }
    }
}
