package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Are you there? (RFC 7143 11.18), or the answer to that question.
 *
 * @param immediate delivered at once, without a command number of its own
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param cmdSN the command's number
 * @param expStatSN the next status that the initiator expects
 */
public record NopOut(boolean immediate, long lun, int initiatorTaskTag, int targetTransferTag, int cmdSN, int expStatSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x00;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(
                out, OPCODE | BasicHeader.flag(immediate, BasicHeader.IMMEDIATE), BasicHeader.FINAL, dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        out.putInt(at + 24, cmdSN).putInt(at + 28, expStatSN);
    }

    static NopOut parse(ByteBuffer in) {
        int at = in.position();
        return new NopOut(
                BasicHeader.bit(in.get(at), BasicHeader.IMMEDIATE),
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                in.getInt(at + 24),
                in.getInt(at + 28));
    }
}
