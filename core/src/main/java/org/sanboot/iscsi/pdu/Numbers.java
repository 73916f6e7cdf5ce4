package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * The sequence numbers that every PDU of a target carries (RFC 7143 4.2.2). Initiators such as iPXE take them from every
 * PDU, whatever its kind.
 *
 * @param statSN number of this status
 * @param expCmdSN the next command that the target expects
 * @param maxCmdSN the last command that the target takes
 */
public record Numbers(int statSN, int expCmdSN, int maxCmdSN) {

    void encode(ByteBuffer out, int at) {
        out.putInt(at + 24, statSN).putInt(at + 28, expCmdSN).putInt(at + 32, maxCmdSN);
    }

    static Numbers parse(ByteBuffer in, int at) {
        return new Numbers(in.getInt(at + 24), in.getInt(at + 28), in.getInt(at + 32));
    }
}
