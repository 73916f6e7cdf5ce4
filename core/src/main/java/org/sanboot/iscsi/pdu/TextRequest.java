package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Key=value pairs during full feature phase (RFC 7143 11.10).
 *
 * @param immediate delivered at once, without a command number of its own
 * @param isFinal the initiator has nothing more to say
 * @param continues the text goes on in the next PDU
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param cmdSN the command's number
 * @param expStatSN the next status that the initiator expects
 */
public record TextRequest(
        boolean immediate,
        boolean isFinal,
        boolean continues,
        long lun,
        int initiatorTaskTag,
        int targetTransferTag,
        int cmdSN,
        int expStatSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x04;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(
                out,
                OPCODE | BasicHeader.flag(immediate, BasicHeader.IMMEDIATE),
                BasicHeader.flag(isFinal, BasicHeader.FINAL) | BasicHeader.flag(continues, BasicHeader.CONTINUE),
                dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        out.putInt(at + 24, cmdSN).putInt(at + 28, expStatSN);
    }

    static TextRequest parse(ByteBuffer in) {
        int at = in.position();
        return new TextRequest(
                BasicHeader.bit(in.get(at), BasicHeader.IMMEDIATE),
                BasicHeader.bit(in.get(at + 1), BasicHeader.FINAL),
                BasicHeader.bit(in.get(at + 1), BasicHeader.CONTINUE),
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                in.getInt(at + 24),
                in.getInt(at + 28));
    }
}
