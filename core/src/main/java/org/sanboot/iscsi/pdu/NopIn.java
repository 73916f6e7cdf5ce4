package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * The answer to a ping (RFC 7143 11.19).
 *
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param numbers sequence numbers
 */
public record NopIn(long lun, int initiatorTaskTag, int targetTransferTag, Numbers numbers) implements TargetPdu {

    static final int OPCODE = 0x20;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL, dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        numbers.encode(out, at);
    }

    static NopIn parse(ByteBuffer in) {
        int at = in.position();
        return new NopIn(in.getLong(at + 8), in.getInt(at + 16), in.getInt(at + 20), Numbers.parse(in, at));
    }
}
