package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Abort or reset something (RFC 7143 11.5).
 *
 * @param immediate delivered at once, without a command number of its own
 * @param function 1 to 14, or anything else that a peer makes up
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param referencedTaskTag the task to abort
 * @param cmdSN the command's number
 * @param expStatSN the next status that the initiator expects
 * @param refCmdSN the command number of the task to abort
 */
public record TaskManagementRequest(
        boolean immediate,
        int function,
        long lun,
        int initiatorTaskTag,
        int referencedTaskTag,
        int cmdSN,
        int expStatSN,
        int refCmdSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x02;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(
                out,
                OPCODE | BasicHeader.flag(immediate, BasicHeader.IMMEDIATE),
                BasicHeader.FINAL | function,
                dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, referencedTaskTag);
        out.putInt(at + 24, cmdSN).putInt(at + 28, expStatSN).putInt(at + 32, refCmdSN);
    }

    static TaskManagementRequest parse(ByteBuffer in) {
        int at = in.position();
        return new TaskManagementRequest(
                BasicHeader.bit(in.get(at), BasicHeader.IMMEDIATE),
                in.get(at + 1) & 0x7F,
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                in.getInt(at + 24),
                in.getInt(at + 28),
                in.getInt(at + 32));
    }
}
