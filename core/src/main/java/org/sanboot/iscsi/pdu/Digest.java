package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** CRC32C over a header or a data segment (RFC 7143 13.1). Not safe for use by several threads at once. */
public final class Digest {

    /** Bytes of a digest on the wire. */
    public static final int LENGTH = 4;

    private final CRC32C crc = new CRC32C();

    /**
     * Computes the digest of a part of a buffer, in the byte order in which a big-endian buffer puts it on the wire.
     *
     * @param buffer whose position and limit stay as they are
     * @param offset of the first byte
     * @param length in bytes, padding included
     * @return the digest
     */
    public int of(ByteBuffer buffer, int offset, int length) {
        crc.reset();
        crc.update(buffer.duplicate().limit(offset + length).position(offset));
        // RFC 3720 B.4 shows the polynomial's coefficients in bit-reversed bytes: little-endian on the wire.
        return Integer.reverseBytes((int) crc.getValue());
    }
}
