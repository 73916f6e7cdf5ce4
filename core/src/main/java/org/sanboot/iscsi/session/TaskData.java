package org.sanboot.iscsi.session;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.Sense;

/**
 * The data of one task on its way to the sink: what came and lies here, what is to come, the room that it takes, and what is
 * wrong with it. Any thread may call it; the task decides who works with it.
 */
final class TaskData {

    /** A piece of the data: where it belongs and what it is. */
    record Piece(long position, Segment segment) {}

    private final DataSequences sequences;
    private final @Nullable ReceiveRoom room;
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>(0);

    /** The data goes here while the task waits for any; null before it started, and for a command without data. */
    private Execution.@Nullable Sink sink;

    private boolean receiving;

    /** What the sink gets; what comes beyond is dropped. */
    private long length;

    private long transferLength;
    private long reserved;

    /** Why the command fails once all of its data came. */
    private Execution.@Nullable Complete failure;

    private boolean closed;

    TaskData(DataSequences sequences, @Nullable ReceiveRoom room) {
        this.sequences = sequences;
        this.room = room;
    }

    /** Starts to give the data to a sink, which gets as much of it as the initiator has. */
    synchronized void receive(Execution.Receive receive, long expected) {
        sink = receive.sink();
        receiving = true;
        transferLength = receive.length();
        length = Math.min(receive.length(), expected);
    }

    /**
     * Ends the command as soon as the data that is on its way unasked has come.
     *
     * @return false when there is none, and the command can end at once
     */
    synchronized boolean refuse(Execution.Complete refusal) {
        if (sequences.isOver()) {
            return false;
        }
        receiving = true;
        fail(refusal);
        return true;
    }

    synchronized void fail(Execution.Complete why) {
        if (failure == null) {
            failure = why;
        }
    }

    /** Tells whether data that comes now is wanted; otherwise it may be skipped where it is. */
    synchronized boolean isWanted() {
        return failure == null && !closed;
    }

    /** Takes a piece, which is closed by whoever {@link #next} gives it to, or by {@link #close}. */
    synchronized void add(Segment segment) {
        Piece piece = new Piece(sequences.received(), segment);
        skip(segment.data().remaining());
        if (closed) {
            segment.close();
        } else {
            pieces.add(piece);
        }
    }

    /** Counts data that is not taken. */
    synchronized void skip(int count) {
        sequences.receive(count);
    }

    /** Makes the pieces outlive the next PDU. */
    synchronized void keep() {
        pieces.forEach(piece -> piece.segment.keep());
    }

    /** Checks a Data-Out PDU before its data comes; returns false when it is no business of this task. */
    synchronized boolean expect(DataOut pdu, int count) {
        DataSequences.Verdict verdict = sequences.accept(pdu, count);
        if (verdict == DataSequences.Verdict.WRONG) {
            fail(Execution.Complete.failed(Sense.incorrectAmountOfData()));
        }
        return verdict != DataSequences.Verdict.STRAY;
    }

    /** Notes a Data-Out PDU whose data came damaged. */
    synchronized void expectDamaged(DataOut pdu) {
        fail(Execution.Complete.failed(Sense.damagedData()));
        sequences.acceptDamaged(pdu);
    }

    /**
     * Returns the next part to ask for, whose room is taken; null for none now.
     *
     * @param regardless takes room whether there is any or not
     * @param roomMade is called when there is room for a part that there is none for now
     */
    synchronized DataSequences.@Nullable Request nextRequest(
            int tag, int maxBurstLength, int maxOutstanding, boolean regardless, Runnable roomMade) {
        if (!receiving || failure != null || closed || room == null) {
            return null;
        }
        int count = sequences.nextLength(length, maxBurstLength, maxOutstanding);
        if (count == 0) {
            return null;
        }
        if (regardless) {
            room.takeRegardless(count);
        } else if (!room.takeOrWait(count, roomMade)) {
            return null;
        }
        reserved += count;
        return sequences.request(tag, count);
    }

    /** Takes room for data that comes unasked; returns false where there is none, and the command is to be refused. */
    boolean reserve(long bytes) {
        if (bytes == 0 || room == null) {
            return true;
        }
        if (!room.takeSoon(bytes)) {
            return false;
        }
        synchronized (this) {
            if (!closed) {
                reserved += bytes;
                return true;
            }
        }
        room.giveBack(bytes);
        return true;
    }

    /** Gives back the room of data that was used. */
    void giveBack(long bytes) {
        long back;
        synchronized (this) {
            // What came beyond what was asked for never had any.
            back = Math.min(bytes, reserved);
            reserved -= back;
        }
        if (room != null) {
            room.giveBack(back);
        }
    }

    /** Tells whether there is something to do with the data. */
    synchronized boolean hasStep() {
        return receiving && (!pieces.isEmpty() || isOver());
    }

    private boolean isOver() {
        return sequences.isOver() && (failure != null || sequences.received() >= length);
    }

    /** Tells whether what is to be done next with the data touches the medium. */
    synchronized boolean touchesMedium() {
        return failure == null && sink != null && sink.touchesMedium();
    }

    /** Takes out what is to be done next with the data; null for nothing now. */
    synchronized @Nullable TaskStep next() {
        Execution.Sink target = sink;
        if (receiving && !pieces.isEmpty()) {
            return new TaskStep.Take(pieces.remove(), failure == null ? target : null, length);
        }
        if (!receiving || !isOver()) {
            return null;
        }
        receiving = false;
        if (failure != null || target == null) {
            return new TaskStep.Perform(failure == null ? Execution.Complete.GOOD : failure);
        }
        return new TaskStep.Finish(target);
    }

    /** Returns how much the command transfers, in bytes; 0 where it takes no data. */
    synchronized long transferLength() {
        return transferLength;
    }

    synchronized int r2tCount() {
        return sequences.r2tCount();
    }

    /** Gives back whatever is left, and takes no more. */
    void close() {
        Execution.Sink last;
        synchronized (this) {
            closed = true;
            pieces.forEach(piece -> piece.segment.close());
            pieces.clear();
            last = sink;
            sink = null;
        }
        try {
            if (last != null) {
                last.close();
            }
        } finally {
            giveBack(Long.MAX_VALUE);
        }
    }
}
