package org.sanboot.iscsi.session;

import java.util.concurrent.atomic.AtomicInteger;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.SerialNumber;

/**
 * Which command numbers the target takes (RFC 7143 4.2.2.1): as many as it has room for, so that MaxCmdSN bounds what an
 * initiator can make it hold. Immediate commands have no number, and room of their own: MaxCmdSN never goes back.
 */
final class CommandWindow {

    private static final int SIZE = 128;
    private static final int ROOM_FOR_IMMEDIATE = 32;

    private final AtomicInteger outstanding = new AtomicInteger();
    private final AtomicInteger immediate = new AtomicInteger();

    /** What was shown last, which holds even where a command was counted in between. */
    private final AtomicInteger shown;

    /** Written by the connection's thread only. */
    private volatile int expCmdSN;

    CommandWindow(int firstCmdSN) {
        expCmdSN = firstCmdSN;
        shown = new AtomicInteger(firstCmdSN - 1);
    }

    int expCmdSN() {
        return expCmdSN;
    }

    int maxCmdSN() {
        int now = expCmdSN - 1 + Math.max(0, SIZE - outstanding.get());
        return shown.updateAndGet(before -> SerialNumber.isBefore(before, now) ? now : before);
    }

    /** Tells whether the initiator may send no command before it hears of room for one. */
    boolean isClosed() {
        return outstanding.get() >= SIZE;
    }

    /**
     * Admits a command by its number.
     *
     * @return false when it is to be ignored
     * @throws ProtocolException when numbers were left out, which nobody can fill in on a single connection
     */
    boolean admit(int cmdSN) {
        int expected = expCmdSN;
        if (SerialNumber.isBefore(cmdSN, expected) || SerialNumber.isBefore(maxCmdSN(), cmdSN)) {
            return false;
        }
        if (cmdSN != expected) {
            throw new ProtocolException(
                    RejectReason.PROTOCOL_ERROR, "CmdSN " + cmdSN + " came where " + expected + " was due");
        }
        expCmdSN = expected + 1;
        return true;
    }

    boolean hasRoomForImmediate() {
        return immediate.get() < ROOM_FOR_IMMEDIATE;
    }

    void taskStarted(boolean isImmediate) {
        (isImmediate ? immediate : outstanding).incrementAndGet();
    }

    void taskEnded(boolean isImmediate) {
        (isImmediate ? immediate : outstanding).decrementAndGet();
    }
}
