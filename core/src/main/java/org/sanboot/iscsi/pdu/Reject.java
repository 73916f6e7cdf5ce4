package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Refuses a PDU, whose header is the data segment (RFC 7143 11.17).
 *
 * @param reason see {@link RejectReason}
 * @param numbers sequence numbers
 */
public record Reject(int reason, Numbers numbers) implements TargetPdu {

    static final int OPCODE = 0x3F;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL, dataSegmentLength);
        out.put(at + 2, (byte) reason).putInt(at + 16, BasicHeader.NO_TAG);
        numbers.encode(out, at);
    }

    static Reject parse(ByteBuffer in) {
        int at = in.position();
        return new Reject(in.get(at + 2) & 0xFF, Numbers.parse(in, at));
    }
}
