package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Asks for a part of the data of a write (RFC 7143 11.8).
 *
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param numbers sequence numbers
 * @param r2tSN number among the R2Ts of this command
 * @param bufferOffset where the part starts, in bytes, unsigned
 * @param desiredDataTransferLength how long it is, in bytes
 */
public record ReadyToTransfer(
        long lun,
        int initiatorTaskTag,
        int targetTransferTag,
        Numbers numbers,
        int r2tSN,
        int bufferOffset,
        int desiredDataTransferLength)
        implements TargetPdu {

    static final int OPCODE = 0x31;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL, dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        numbers.encode(out, at);
        out.putInt(at + 36, r2tSN).putInt(at + 40, bufferOffset).putInt(at + 44, desiredDataTransferLength);
    }

    static ReadyToTransfer parse(ByteBuffer in) {
        int at = in.position();
        return new ReadyToTransfer(
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                Numbers.parse(in, at),
                in.getInt(at + 36),
                in.getInt(at + 40),
                in.getInt(at + 44));
    }
}
