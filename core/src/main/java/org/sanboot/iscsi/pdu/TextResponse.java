package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Key=value pairs in answer to a text request (RFC 7143 11.11).
 *
 * @param isFinal the target has nothing more to say
 * @param continues the text goes on in the next PDU
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param numbers sequence numbers
 */
public record TextResponse(
        boolean isFinal, boolean continues, long lun, int initiatorTaskTag, int targetTransferTag, Numbers numbers)
        implements TargetPdu {

    static final int OPCODE = 0x24;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(
                out,
                OPCODE,
                BasicHeader.flag(isFinal, BasicHeader.FINAL) | BasicHeader.flag(continues, BasicHeader.CONTINUE),
                dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        numbers.encode(out, at);
    }

    static TextResponse parse(ByteBuffer in) {
        int at = in.position();
        return new TextResponse(
                BasicHeader.bit(in.get(at + 1), BasicHeader.FINAL),
                BasicHeader.bit(in.get(at + 1), BasicHeader.CONTINUE),
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                Numbers.parse(in, at));
    }
}
