package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * What became of a logout (RFC 7143 11.15).
 *
 * @param response 0 closed, 1 no such connection, 2 recovery not supported
 * @param initiatorTaskTag ties the answer to the request
 * @param numbers sequence numbers
 */
public record LogoutResponse(int response, int initiatorTaskTag, Numbers numbers) implements TargetPdu {

    static final int OPCODE = 0x26;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL, dataSegmentLength);
        out.put(at + 2, (byte) response).putInt(at + 16, initiatorTaskTag);
        numbers.encode(out, at);
    }

    static LogoutResponse parse(ByteBuffer in) {
        int at = in.position();
        return new LogoutResponse(in.get(at + 2) & 0xFF, in.getInt(at + 16), Numbers.parse(in, at));
    }
}
