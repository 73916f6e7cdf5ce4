package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Data of a read (RFC 7143 11.7). The last one may carry the status GOOD and so end the command.
 *
 * @param isFinal the last of its sequence
 * @param carriesStatus the command ends here with GOOD
 * @param initiatorTaskTag ties the answer to the request
 * @param numbers sequence numbers; StatSN counts only where status is carried
 * @param dataSN number among the Data-In PDUs of this command
 * @param bufferOffset where the data belongs in the command's buffer, in bytes, unsigned
 */
public record DataIn(
        boolean isFinal, boolean carriesStatus, int initiatorTaskTag, Numbers numbers, int dataSN, int bufferOffset)
        implements TargetPdu {

    static final int OPCODE = 0x25;
    private static final int STATUS = 0x01;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        int flags = BasicHeader.flag(isFinal, BasicHeader.FINAL) | BasicHeader.flag(carriesStatus, STATUS);
        BasicHeader.start(out, OPCODE, flags, dataSegmentLength);
        out.putInt(at + 16, initiatorTaskTag).putInt(at + 20, BasicHeader.NO_TAG);
        numbers.encode(out, at);
        out.putInt(at + 36, dataSN).putInt(at + 40, bufferOffset);
    }

    static DataIn parse(ByteBuffer in) {
        int at = in.position();
        int flags = in.get(at + 1);
        return new DataIn(
                BasicHeader.bit(flags, BasicHeader.FINAL),
                BasicHeader.bit(flags, STATUS),
                in.getInt(at + 16),
                Numbers.parse(in, at),
                in.getInt(at + 36),
                in.getInt(at + 40));
    }
}
