package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * A PDU with an operation code that no initiator sends, or that only some vendor's does (RFC 7143 11.2.1.2).
 *
 * @param header a copy of its 48 bytes, which a {@link Reject} sends back
 */
public record UnknownRequest(ByteBuffer header) implements InitiatorPdu {

    @Override
    public int initiatorTaskTag() {
        return header.getInt(16);
    }

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        out.put(out.position(), header, 0, BasicHeader.LENGTH);
    }

    static UnknownRequest parse(ByteBuffer in) {
        ByteBuffer copy = ByteBuffer.allocate(BasicHeader.LENGTH);
        copy.put(0, in, in.position(), BasicHeader.LENGTH);
        return new UnknownRequest(copy);
    }
}
