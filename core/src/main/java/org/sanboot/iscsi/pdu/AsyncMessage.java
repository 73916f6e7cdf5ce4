package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Something that the target says unasked (RFC 7143 11.9).
 *
 * @param event what it is about
 * @param parameter1 the connection's identifier, for {@link #WILL_DROP_CONNECTION}
 * @param parameter2 seconds to wait before a new connection, likewise
 * @param parameter3 seconds until tasks are forgotten, likewise
 * @param numbers sequence numbers
 */
public record AsyncMessage(int event, int parameter1, int parameter2, int parameter3, Numbers numbers)
        implements TargetPdu {

    /** The target will drop the connection. */
    public static final int WILL_DROP_CONNECTION = 2;

    static final int OPCODE = 0x32;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL, dataSegmentLength);
        out.putInt(at + 16, BasicHeader.NO_TAG);
        numbers.encode(out, at);
        out.put(at + 36, (byte) event).putShort(at + 38, (short) parameter1);
        out.putShort(at + 40, (short) parameter2).putShort(at + 42, (short) parameter3);
    }

    static AsyncMessage parse(ByteBuffer in) {
        int at = in.position();
        return new AsyncMessage(
                in.get(at + 36) & 0xFF,
                in.getShort(at + 38) & 0xFFFF,
                in.getShort(at + 40) & 0xFFFF,
                in.getShort(at + 42) & 0xFFFF,
                Numbers.parse(in, at));
    }
}
