package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Ends a session or a connection (RFC 7143 11.14).
 *
 * @param immediate delivered at once, without a command number of its own
 * @param reason 0 for the session, 1 for the connection, 2 to recover the connection
 * @param initiatorTaskTag ties the answer to the request
 * @param cid the connection meant, 0 to 65535
 * @param cmdSN the command's number
 * @param expStatSN the next status that the initiator expects
 */
public record LogoutRequest(boolean immediate, int reason, int initiatorTaskTag, int cid, int cmdSN, int expStatSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x06;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(
                out,
                OPCODE | BasicHeader.flag(immediate, BasicHeader.IMMEDIATE),
                BasicHeader.FINAL | reason,
                dataSegmentLength);
        out.putInt(at + 16, initiatorTaskTag).putShort(at + 20, (short) cid);
        out.putInt(at + 24, cmdSN).putInt(at + 28, expStatSN);
    }

    static LogoutRequest parse(ByteBuffer in) {
        int at = in.position();
        return new LogoutRequest(
                BasicHeader.bit(in.get(at), BasicHeader.IMMEDIATE),
                in.get(at + 1) & 0x7F,
                in.getInt(at + 16),
                in.getShort(at + 20) & 0xFFFF,
                in.getInt(at + 24),
                in.getInt(at + 28));
    }
}
