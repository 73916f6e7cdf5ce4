package org.sanboot.iscsi.session;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.Sense;

/**
 * A command that waits for Data-Out PDUs. Data goes to its sink as it comes; nothing is held.
 *
 * <p>Used by the connection's thread; other threads only abort it.
 */
final class WriteTask extends Task {

    /** A sequence of Data-Out PDUs under way: the unsolicited one, or what an R2T asked for. */
    private static final class Sequence {
        private final int targetTransferTag;
        private final long end;
        private int dataSN;

        Sequence(int targetTransferTag, long end) {
            this.targetTransferTag = targetTransferTag;
            this.end = end;
        }
    }

    private final Execution.@Nullable Sink sink;

    /** What the sink gets; what comes beyond is dropped. */
    private final long length;

    private final ArrayDeque<Sequence> sequences = new ArrayDeque<>();
    private Execution.@Nullable Complete early;
    private long received;
    private long requested;
    private int r2tSN;
    private long transferLength;
    private boolean settled;

    WriteTask(ScsiCommand command, @Nullable LogicalUnit unit, long length, Execution.Sink sink) {
        super(command, unit);
        this.length = length;
        this.sink = sink;
    }

    /** Makes a task that has failed already, and only waits for the unsolicited data that is on its way. */
    WriteTask(ScsiCommand command, @Nullable LogicalUnit unit, Execution.Complete failure) {
        super(command, unit);
        this.length = 0;
        this.sink = null;
        this.early = failure;
    }

    /** Counts on the data of the command PDU itself, which {@link #pass} takes next. */
    void expectImmediate(int count) {
        requested = Math.min(count, length);
    }

    /** Expects unsolicited Data-Out PDUs, up to so many bytes in all. */
    void expectUnsolicited(long end) {
        sequences.add(new Sequence(BasicHeader.NO_TAG, end));
        requested = Math.min(end, length);
    }

    /**
     * Checks a Data-Out PDU, whose data {@link #pass} takes next. Between the two there is time to ask for more.
     *
     * @return false when it belongs to no sequence of this task
     */
    boolean expect(DataOut pdu, int count) {
        Sequence sequence = sequences.peek();
        if (sequence == null || sequence.targetTransferTag != pdu.targetTransferTag()) {
            return false;
        }
        long end = received + count;
        boolean solicited = sequence.targetTransferTag != BasicHeader.NO_TAG;
        boolean inOrder = pdu.dataSN() == sequence.dataSN++
                && Integer.toUnsignedLong(pdu.bufferOffset()) == received
                && end <= sequence.end;
        boolean isShort = pdu.isFinal() && solicited && end < sequence.end;
        if (!inOrder || isShort) {
            fail(Sense.incorrectAmountOfData());
        }
        if (pdu.isFinal()) {
            sequences.remove();
            requested = solicited ? requested : Math.min(end, length);
        }
        return true;
    }

    /** Ends a sequence whose data came damaged. */
    void acceptDamaged(DataOut pdu) {
        fail(Sense.damagedData());
        if (pdu.isFinal()) {
            sequences.poll();
        }
    }

    /** Gives data to the command. */
    synchronized void pass(ByteBuffer data) {
        int count = data.remaining();
        Execution.Sink target = sink;
        if (early == null && target != null && !isAborted() && received < length) {
            ByteBuffer wanted = data.slice(data.position(), (int) Math.min(count, length - received));
            try {
                early = target.accept(received, wanted);
            } catch (BlockIoException e) {
                fail(Sense.of(e, true));
                if (unit != null) {
                    unit.failed(e);
                }
            }
        }
        received += count;
    }

    private void fail(Sense sense) {
        if (early == null) {
            early = Execution.Complete.failed(sense);
        }
    }

    /** Tells whether everything came, or the command has failed. */
    boolean isOver() {
        return sequences.isEmpty() && (early != null || received >= length);
    }

    /** Ends the command, once it is over; returns null when another thread aborted it before. */
    synchronized @Nullable Execution finish() {
        if (isAborted()) {
            return null;
        }
        settled = true;
        Execution.Complete failure = early;
        Execution.Sink target = sink;
        if (target == null) {
            return failure == null ? Execution.Complete.GOOD : failure;
        }
        if (failure != null) {
            target.abandon();
            return failure;
        }
        return target.finish();
    }

    @Override
    synchronized void abort() {
        if (!settled && sink != null) {
            sink.abandon();
        }
        settled = true;
        super.abort();
    }

    /** The part of the data that an R2T asks for. */
    record Request(int targetTransferTag, int r2tSN, int offset, int length) {}

    /** Returns what to ask for next; null when enough was asked for. */
    @Nullable
    Request nextRequest(int targetTransferTag, int maxBurstLength, int maxOutstanding) {
        if (early != null || requested >= length || sequences.size() >= maxOutstanding || isAborted()) {
            return null;
        }
        Sequence current = sequences.peek();
        if (current != null && current.targetTransferTag == BasicHeader.NO_TAG) {
            // How much comes unsolicited is the initiator's choice, and not known before it ends.
            return null;
        }
        int count = (int) Math.min(maxBurstLength, length - requested);
        Request request = new Request(targetTransferTag, r2tSN++, (int) requested, count);
        requested += count;
        sequences.add(new Sequence(targetTransferTag, requested));
        return request;
    }

    int r2tCount() {
        return r2tSN;
    }

    /** Notes what the command itself would transfer, whatever the initiator expects. */
    void transferLength(long bytes) {
        transferLength = bytes;
    }

    long transferLength() {
        return transferLength;
    }
}
