package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * Asks for PDUs again (RFC 7143 11.16), which error recovery level 0 never grants.
 *
 * @param type 0 to 3
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param targetTransferTag ties what the initiator sends next to this PDU, or {@link BasicHeader#NO_TAG}
 * @param expStatSN the next status that the initiator expects
 */
public record SnackRequest(int type, long lun, int initiatorTaskTag, int targetTransferTag, int expStatSN)
        implements InitiatorPdu {

    static final int OPCODE = 0x10;

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        BasicHeader.start(out, OPCODE, BasicHeader.FINAL | type, dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, targetTransferTag);
        out.putInt(at + 28, expStatSN);
    }

    static SnackRequest parse(ByteBuffer in) {
        int at = in.position();
        return new SnackRequest(
                in.get(at + 1) & 0x0F, in.getLong(at + 8), in.getInt(at + 16), in.getInt(at + 20), in.getInt(at + 28));
    }
}
