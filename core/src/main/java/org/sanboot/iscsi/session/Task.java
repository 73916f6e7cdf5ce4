package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.Sense;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * One SCSI command from its arrival to its end, with all that belongs to it: what it waits for, its data, its sink, and its
 * one answer.
 *
 * <pre>
 * HELD ──(older tasks end)──► LIVE ──► ANSWERED   the answer went out, under the writer's lock; nobody can abort it any more
 *   └──────────(abort)──────────┴────► ABORTED    no answer will go out
 * </pre>
 *
 * <p>Any thread may add data or abort it. Whoever makes it runnable is told so and calls {@link #run} once, so one thread at
 * a time works for it. However it ends, {@link #cleanUp} comes last, once, when nothing touches the disk for it any more.
 */
final class Task {

    private static final Logger LOG = Logging.logger(Task.class);

    private static final int ATTRIBUTE_ORDERED = 2;
    private static final int ATTRIBUTE_HEAD_OF_QUEUE = 3;

    private enum State {
        HELD,
        LIVE,
        ANSWERED,
        ABORTED
    }

    /** A piece of the data: where it belongs and what it is. */
    private record Piece(long position, Segment segment) {}

    final ScsiCommand command;
    final @Nullable DeviceServer server;

    private final Session session;
    private final DataSequences sequences;
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>(0);

    /** Guarded by the monitor, as is all that follows. */
    private State state;

    private boolean running;

    /** What the thread that works for the task does now would be seen on the medium. */
    private boolean changesMedium;

    /** It came while an aborted task still changed the medium, which it leaves alone until that is over. */
    private boolean waitsForStragglers;

    private boolean cleanedUp;

    /** The data goes here while the task waits for any; null before it started, and for a command without data. */
    private Execution.@Nullable Sink sink;

    private boolean receiving;

    /** What the sink gets; what comes beyond is dropped. */
    private long length;

    private long transferLength;
    private long reserved;

    /** Why the command fails once all of its data came. */
    private Execution.@Nullable Complete failure;

    private @Nullable Execution next;

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
        this.sequences = new DataSequences(immediate, unsolicitedEnd);
        this.state = server == null || server.taskSet().admit(this) ? State.LIVE : State.HELD;
    }

    boolean isOrdered() {
        return command.attribute() == ATTRIBUTE_ORDERED;
    }

    boolean isHeadOfQueue() {
        return command.attribute() == ATTRIBUTE_HEAD_OF_QUEUE;
    }

    @Nullable
    LogicalUnit unit() {
        return server == null ? null : server.unit();
    }

    synchronized boolean isLive() {
        return state == State.LIVE;
    }

    private synchronized boolean isAborted() {
        return state == State.ABORTED;
    }

    long transferLength() {
        return transferLength;
    }

    synchronized int r2tCount() {
        return sequences.r2tCount();
    }

    // Arrival and data

    /**
     * Takes room for data that comes unasked, before the task starts; returns false where there is none, and the command is
     * to be refused.
     */
    boolean reserve(long bytes) {
        if (bytes == 0 || server == null) {
            return true;
        }
        boolean room = server.room().takeSoon(bytes);
        if (room) {
            synchronized (this) {
                reserved += bytes;
            }
        }
        return room;
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

    private void stragglersLeft() {
        boolean runs;
        synchronized (this) {
            waitsForStragglers = false;
            runs = wake();
        }
        if (runs) {
            session.executeLater(this);
        }
    }

    private synchronized boolean begin(Execution execution) {
        if (state == State.ABORTED) {
            if (execution instanceof Execution.Receive receive) {
                receive.sink().close();
            }
            return false;
        }
        if (execution instanceof Execution.Receive receive) {
            sink = receive.sink();
            receiving = true;
            transferLength = receive.length();
            length = Math.min(receive.length(), command.writes() ? expectedLength() : 0);
        } else if (!sequences.isOver() && execution instanceof Execution.Complete refusal) {
            // It is answered when the unsolicited data that is on its way has come.
            receiving = true;
            failure = failure == null ? refusal : failure;
        } else {
            next = execution;
        }
        return wake();
    }

    /** Begins, where it was held back, on a thread of its own session. */
    void startHeldBack() {
        session.startHeldBack(this);
    }

    long expectedLength() {
        return Integer.toUnsignedLong(command.expectedDataTransferLength());
    }

    /**
     * Takes data, which is the task's to close from here on; returns true when {@link #run} is to be called, before the next
     * PDU is read or after {@link #keepData}.
     */
    synchronized boolean add(Segment segment) {
        int count = segment.data().remaining();
        Piece piece = new Piece(sequences.received(), segment);
        sequences.receive(count);
        if (isOver()) {
            segment.close();
            return false;
        }
        pieces.add(piece);
        boolean runs = wake();
        if (!runs) {
            segment.keep();
        }
        return runs;
    }

    /** Makes the data outlive the next PDU. */
    synchronized void keepData() {
        pieces.forEach(piece -> piece.segment.keep());
    }

    private boolean isOver() {
        return state == State.ANSWERED || state == State.ABORTED;
    }

    /** Tells whether data that comes now is wanted; otherwise it may be skipped where it is. */
    synchronized boolean wantsData() {
        return failure == null && (state == State.LIVE || state == State.HELD);
    }

    /** Counts data that was skipped; returns true when {@link #run} is to be called. */
    synchronized boolean skip(int count) {
        sequences.receive(count);
        return wake();
    }

    /** Checks a Data-Out PDU before its data is taken by {@link #add} or {@link #skip}; false when it is no business of this task. */
    synchronized boolean expect(DataOut pdu, int count) {
        DataSequences.Verdict verdict = sequences.accept(pdu, count);
        if (verdict == DataSequences.Verdict.WRONG) {
            fail(Execution.Complete.failed(Sense.incorrectAmountOfData()));
        }
        return verdict != DataSequences.Verdict.STRAY;
    }

    /** Notes a Data-Out PDU whose data came damaged; returns true when {@link #run} is to be called. */
    synchronized boolean expectDamaged(DataOut pdu) {
        fail(Execution.Complete.failed(Sense.damagedData()));
        sequences.acceptDamaged(pdu);
        return wake();
    }

    private void fail(Execution.Complete why) {
        if (failure == null) {
            failure = why;
        }
    }

    /**
     * Returns the next part of the data to ask for, whose room is taken; null for none now.
     *
     * @param roomMade is called when there is room for a part that there is none for now
     */
    synchronized DataSequences.@Nullable Request nextRequest(
            int tag, int maxBurstLength, int maxOutstanding, Runnable roomMade) {
        if (!receiving || failure != null || state != State.LIVE || server == null) {
            return null;
        }
        int count = sequences.nextLength(length, maxBurstLength, maxOutstanding);
        if (count == 0) {
            return null;
        }
        if (isOrdered()) {
            // Younger tasks hold room while they wait for this one.
            server.room().takeRegardless(count);
        } else if (!server.room().takeOrWait(count, roomMade)) {
            return null;
        }
        reserved += count;
        return sequences.request(tag, count);
    }

    /** Claims the task for a thread, if there is something to do for it. */
    private boolean wake() {
        if (running || state != State.LIVE || !hasWork()) {
            return false;
        }
        running = true;
        return true;
    }

    /** Is called in place of {@link #run} by a thread that cannot do that. */
    void disclaim() {
        synchronized (this) {
            running = false;
        }
        cleanUpIfAborted();
    }

    private boolean hasWork() {
        boolean any = next != null || (receiving && (!pieces.isEmpty() || isDataOver()));
        return any && !(waitsForStragglers && needsDisk());
    }

    /** Tells whether what there is to do touches the disk; for the thread that has claimed the task. */
    synchronized boolean needsDisk() {
        if (next != null) {
            return !(next instanceof Execution.Complete);
        }
        return failure == null && sink != null && sink.touchesMedium();
    }

    private boolean isDataOver() {
        return sequences.isOver() && (failure != null || sequences.received() >= length);
    }

    // Work

    /**
     * Does all that can be done now.
     *
     * @param permit of the thread, which does nothing that is known to take long unless it is a worker
     */
    void run(DiskPermit permit) {
        try {
            while (step(permit)) {
                // All is done in step.
            }
        } catch (BlockIoException e) {
            reportFailure(e);
            answer(Execution.Complete.failed(Sense.of(e, command.writes())));
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    /** Ends a task that the target itself could not do; called by the thread that works for it. */
    void failed(Throwable why) {
        LOG.warn("A command failed inside the target", why);
        answer(Execution.Complete.failed(Sense.internalFailure()));
    }

    private void reportFailure(BlockIoException e) {
        LogicalUnit unit = unit();
        if (unit != null) {
            unit.failed(e);
        }
    }

    private boolean step(DiskPermit permit) {
        Piece piece = null;
        Execution execution = null;
        Execution.Sink complete = null;
        Execution.Complete failed = null;
        boolean idle;
        synchronized (this) {
            changesMedium = false;
            if (state == State.ABORTED) {
                running = false;
            } else if (next != null) {
                execution = next;
                next = null;
            } else if (receiving && !pieces.isEmpty()) {
                piece = pieces.remove();
                failed = failure;
                changesMedium = failed == null;
            } else if (receiving && isDataOver()) {
                receiving = false;
                failed = failure;
                complete = sink;
                changesMedium = true;
            } else {
                running = false;
            }
            idle = !running;
        }
        if (idle) {
            cleanUpIfAborted();
            return false;
        }
        if (piece != null) {
            take(piece, failed == null, permit);
            return true;
        }
        if (execution != null) {
            return perform(execution, permit);
        }
        if (failed != null || complete == null) {
            return perform(failed == null ? Execution.Complete.GOOD : failed, permit);
        }
        return perform(finish(complete, permit), permit);
    }

    private void take(Piece piece, boolean wanted, DiskPermit permit) {
        ByteBuffer data = piece.segment.data();
        int count = data.remaining();
        Execution.Sink target = sink;
        try {
            if (wanted && target != null && piece.position < length) {
                ByteBuffer part = data.slice(data.position(), (int) Math.min(count, length - piece.position));
                Execution.Complete early = accept(target, piece.position, part, permit);
                if (early != null) {
                    failLater(early);
                }
            }
        } catch (BlockIoException e) {
            reportFailure(e);
            failLater(Execution.Complete.failed(Sense.of(e, true)));
        } finally {
            piece.segment.close();
            giveBack(count);
        }
    }

    private Execution.@Nullable Complete accept(
            Execution.Sink target, long position, ByteBuffer part, DiskPermit permit) {
        int count = part.remaining();
        permit.begin();
        long begin = System.nanoTime();
        try {
            return target.accept(position, part);
        } finally {
            if (server != null) {
                server.pace().wrote(count, System.nanoTime() - begin);
            }
            permit.end();
        }
    }

    private static Execution finish(Execution.Sink target, DiskPermit permit) {
        permit.begin();
        try {
            return target.finish();
        } finally {
            permit.end();
        }
    }

    private synchronized void failLater(Execution.Complete why) {
        fail(why);
    }

    private void giveBack(long bytes) {
        long back;
        synchronized (this) {
            back = Math.min(bytes, reserved);
            reserved -= back;
        }
        if (server != null) {
            server.room().giveBack(back);
        }
    }

    private boolean perform(Execution execution, DiskPermit permit) {
        if (execution instanceof Execution.Complete end) {
            answer(end);
        } else if (execution instanceof Execution.Read read) {
            session.answers().send(this, read, permit);
        } else if (execution instanceof Execution.Deferred deferred) {
            if (permit.isWorkers() && !mayNotTouchMedium()) {
                answer(work(deferred, permit));
            } else {
                later(deferred);
            }
        } else if (execution instanceof Execution.Gated gated) {
            waitFor(gated);
        } else {
            throw new IllegalStateException("A command asks for data twice");
        }
        return false;
    }

    private synchronized boolean mayNotTouchMedium() {
        return waitsForStragglers;
    }

    private Execution.Complete work(Execution.Deferred deferred, DiskPermit permit) {
        synchronized (this) {
            changesMedium = deferred.changesMedium();
        }
        permit.begin();
        try {
            return deferred.work().run(this::isAborted);
        } finally {
            permit.end();
        }
    }

    /** Hands what is to be done to a worker; the task stays claimed for it. */
    private void later(Execution execution) {
        boolean runs;
        synchronized (this) {
            next = execution;
            changesMedium = false;
            running = false;
            runs = wake();
        }
        if (runs) {
            session.executeLater(this);
        } else {
            cleanUpIfAborted();
        }
    }

    /** Leaves the task alone until a gate opens. */
    private void waitFor(Execution.Gated gated) {
        disclaim();
        var unused = gated.gate().whenComplete((result, why) -> {
            boolean runs;
            synchronized (this) {
                runs = state == State.LIVE;
                running = runs;
                next = runs ? gated.next().get() : null;
            }
            if (runs) {
                session.executeLater(this);
            }
        });
    }

    // The end

    /** Ends the task with its status, unless it was aborted; called by the thread that works for it. */
    private void answer(Execution.Complete end) {
        session.answers().end(this, end);
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
        Execution.Sink last;
        long back;
        synchronized (this) {
            if (cleanedUp) {
                return;
            }
            cleanedUp = true;
            last = sink;
            sink = null;
            pieces.forEach(piece -> piece.segment.close());
            pieces.clear();
            back = reserved;
            reserved = 0;
        }
        try {
            if (last != null) {
                last.close();
            }
        } finally {
            if (server != null) {
                server.room().giveBack(back);
                server.stragglers().remove(this);
            }
        }
    }
}
