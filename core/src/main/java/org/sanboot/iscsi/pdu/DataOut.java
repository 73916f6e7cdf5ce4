package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Data of a write (RFC 7143 11.7).
 *
 * @param isFinal the last of its sequence
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param expStatSN the next status that the initiator expects
 * @param dataSN number within its sequence
 * @param bufferOffset where the data belongs in the command's buffer, in bytes, unsigned
 */
public record DataOut(
        boolean isFinal,
        long lun,
        int initiatorTaskTag,
        int targetTransferTag,
        int expStatSN,
        int dataSN,
        int bufferOffset)
        implements InitiatorPdu {

    static final int OPCODE = 0x05;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.flag(isFinal, BasicHeader.FINAL), dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        out.putInt(at + 28, expStatSN).putInt(at + 36, dataSN).putInt(at + 40, bufferOffset);
    }

    static DataOut parse(ByteBuffer in) {
        int at = in.position();
        return new DataOut(
                BasicHeader.bit(in.get(at + 1), BasicHeader.FINAL),
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                in.getInt(at + 28),
                in.getInt(at + 36),
                in.getInt(at + 40));
    }
}
