package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * A step of the login (RFC 7143 11.12).
 *
 * @param transit the initiator is ready to go on to the next stage
 * @param continues the text goes on in the next PDU
 * @param currentStage 0 security, 1 operational, 3 full feature
 * @param nextStage likewise, where transit is set
 * @param versionMin the lowest version that the initiator speaks
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih the target's part of the session identifier, 0 for a new session
 * @param initiatorTaskTag ties the answer to the request
 * @param cid the connection, 0 to 65535
 * @param cmdSN the initial command number
 * @param expStatSN the next status that the initiator expects
 */
public record LoginRequest(
        boolean transit,
        boolean continues,
        int currentStage,
        int nextStage,
        int versionMin,
        long isid,
        int tsih,
        int initiatorTaskTag,
        int cid,
        int cmdSN,
        int expStatSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x03;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        int flags = BasicHeader.flag(transit, BasicHeader.FINAL)
                | BasicHeader.flag(continues, BasicHeader.CONTINUE)
                | currentStage << 2
                | nextStage;
        BasicHeader.start(out, OPCODE | BasicHeader.IMMEDIATE, flags, dataSegmentLength);
        out.put(at + 3, (byte) versionMin).putLong(at + 8, isid << 16 | tsih).putInt(at + 16, initiatorTaskTag);
        out.putShort(at + 20, (short) cid).putInt(at + 24, cmdSN).putInt(at + 28, expStatSN);
    }

    static LoginRequest parse(ByteBuffer in) {
        int at = in.position();
        int flags = in.get(at + 1);
        long session = in.getLong(at + 8);
        return new LoginRequest(
                BasicHeader.bit(flags, BasicHeader.FINAL),
                BasicHeader.bit(flags, BasicHeader.CONTINUE),
                flags >> 2 & 3,
                flags & 3,
                in.get(at + 3) & 0xFF,
                session >>> 16,
                (int) (session & 0xFFFF),
                in.getInt(at + 16),
                in.getShort(at + 20) & 0xFFFF,
                in.getInt(at + 24),
                in.getInt(at + 28));
    }
}
