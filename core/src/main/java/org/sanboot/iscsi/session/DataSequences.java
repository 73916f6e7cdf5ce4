package org.sanboot.iscsi.session;

import java.util.ArrayDeque;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataOut;

/**
 * Which data of a write came, is to come, and was asked for (RFC 7143 11.7, 11.8). Guarded by the monitor of its {@link TaskData}.
 */
final class DataSequences {

    /** What one R2T asks for at most, so that the room that it takes is left for others too. */
    private static final int LONGEST_REQUEST = 2 << 20;

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

    /**
     * The part of the data that an R2T asks for.
     *
     * @param targetTransferTag ties the data to it
     * @param r2tSN its number
     * @param offset of the first byte
     * @param length in bytes
     */
    record Request(int targetTransferTag, int r2tSN, int offset, int length) {}

    /** What became of a Data-Out PDU. */
    enum Verdict {
        /** It belongs to no sequence of this task. */
        STRAY,
        /** It comes in turn. */
        IN_ORDER,
        /** It belongs to the task, which it makes fail: out of turn, or too short or long. */
        WRONG
    }

    private final ArrayDeque<Sequence> underWay = new ArrayDeque<>();
    private long received;
    private long requested;
    private int r2tSN;

    /** Counts on data that comes unasked: with the command up to {@code immediate}, in PDUs of its own up to {@code end}. */
    DataSequences(int immediate, long end) {
        requested = Math.max(immediate, end);
        if (end > 0) {
            underWay.add(new Sequence(BasicHeader.NO_TAG, end));
        }
    }

    /** Returns how many bytes came, which is where the next ones belong. */
    long received() {
        return received;
    }

    void receive(int count) {
        received += count;
    }

    /** Checks a Data-Out PDU. */
    Verdict accept(DataOut pdu, int count) {
        Sequence sequence = underWay.peek();
        if (sequence == null || sequence.targetTransferTag != pdu.targetTransferTag()) {
            return Verdict.STRAY;
        }
        long end = received + count;
        boolean solicited = sequence.targetTransferTag != BasicHeader.NO_TAG;
        boolean inOrder = pdu.dataSN() == sequence.dataSN++
                && Integer.toUnsignedLong(pdu.bufferOffset()) == received
                && end <= sequence.end;
        boolean isShort = pdu.isFinal() && solicited && end < sequence.end;
        if (pdu.isFinal()) {
            underWay.remove();
            requested = solicited ? requested : end;
        }
        return inOrder && !isShort ? Verdict.IN_ORDER : Verdict.WRONG;
    }

    /** Ends a sequence whose data came damaged. */
    void acceptDamaged(DataOut pdu) {
        if (pdu.isFinal()) {
            underWay.poll();
        }
    }

    /** Tells whether nothing is on its way any more. */
    boolean isOver() {
        return underWay.isEmpty();
    }

    /** Returns how many bytes the next R2T should ask for of so many in all; 0 for none now. */
    int nextLength(long length, int maxBurstLength, int maxOutstanding) {
        if (requested >= length || underWay.size() >= maxOutstanding) {
            return 0;
        }
        Sequence current = underWay.peek();
        if (current != null && current.targetTransferTag == BasicHeader.NO_TAG) {
            // How much comes unsolicited is the initiator's choice, and not known before it ends.
            return 0;
        }
        return (int) Math.min(Math.min(maxBurstLength, LONGEST_REQUEST), length - requested);
    }

    Request request(int targetTransferTag, int length) {
        Request request = new Request(targetTransferTag, r2tSN++, (int) requested, length);
        requested += length;
        underWay.add(new Sequence(targetTransferTag, requested));
        return request;
    }

    int r2tCount() {
        return r2tSN;
    }
}
