package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * The target's part of a step of the login (RFC 7143 11.13).
 *
 * @param transit the target agrees to go on to the next stage
 * @param continues the text goes on in the next PDU
 * @param currentStage 0 security, 1 operational, 3 full feature
 * @param nextStage likewise, where transit is set
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih the target's part of the session identifier, given with the last response
 * @param initiatorTaskTag ties the answer to the request
 * @param numbers sequence numbers
 * @param status class and detail in two bytes, 0 for success
 */
public record LoginResponse(
        boolean transit,
        boolean continues,
        int currentStage,
        int nextStage,
        long isid,
        int tsih,
        int initiatorTaskTag,
        Numbers numbers,
        int status)
        implements TargetPdu {

    static final int OPCODE = 0x23;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        int flags = BasicHeader.flag(transit, BasicHeader.FINAL)
                | BasicHeader.flag(continues, BasicHeader.CONTINUE)
                | currentStage << 2
                | nextStage;
        BasicHeader.start(out, OPCODE, flags, dataSegmentLength);
        out.putLong(at + 8, isid << 16 | tsih).putInt(at + 16, initiatorTaskTag);
        numbers.encode(out, at);
        out.putShort(at + 36, (short) status);
    }

    static LoginResponse parse(ByteBuffer in) {
        int at = in.position();
        int flags = in.get(at + 1);
        long session = in.getLong(at + 8);
        return new LoginResponse(
                BasicHeader.bit(flags, BasicHeader.FINAL),
                BasicHeader.bit(flags, BasicHeader.CONTINUE),
                flags >> 2 & 3,
                flags & 3,
                session >>> 16,
                (int) (session & 0xFFFF),
                in.getInt(at + 16),
                Numbers.parse(in, at),
                in.getShort(at + 36) & 0xFFFF);
    }
}
