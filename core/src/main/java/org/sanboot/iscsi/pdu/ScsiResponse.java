package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * The end of a SCSI command (RFC 7143 11.4). Sense data, where there is any, is the data segment, after its length in two
 * bytes.
 *
 * @param response 0 when the target completed the command, 1 when it could not
 * @param status the SCSI status
 * @param initiatorTaskTag ties the answer to the request
 * @param numbers sequence numbers
 * @param expDataSN how many Data-In and R2T PDUs the target sent for the command
 * @param residual bytes that were not moved
 */
public record ScsiResponse(
        int response, int status, int initiatorTaskTag, Numbers numbers, int expDataSN, Residual residual)
        implements TargetPdu {

    static final int OPCODE = 0x21;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL | residual.flags(), dataSegmentLength);
        out.put(at + 2, (byte) response).put(at + 3, (byte) status).putInt(at + 16, initiatorTaskTag);
        numbers.encode(out, at);
        out.putInt(at + 36, expDataSN).putInt(at + 44, residual.count());
    }

    static ScsiResponse parse(ByteBuffer in) {
        int at = in.position();
        return new ScsiResponse(
                in.get(at + 2) & 0xFF,
                in.get(at + 3) & 0xFF,
                in.getInt(at + 16),
                Numbers.parse(in, at),
                in.getInt(at + 36),
                Residual.parse(in.get(at + 1), in.getInt(at + 44)));
    }
}
