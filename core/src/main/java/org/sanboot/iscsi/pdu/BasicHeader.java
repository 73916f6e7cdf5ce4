package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/** What all PDUs have in common: the 48-byte basic header segment (RFC 7143 11.2.1). */
public final class BasicHeader {

    /** Bytes of the basic header segment. */
    public static final int LENGTH = 48;

    /** The tag that stands for no task (RFC 7143 11.2.1.8). */
    public static final int NO_TAG = 0xFFFFFFFF;

    /** Bit 0 of byte 1 in most PDUs: the last of its sequence. */
    static final int FINAL = 0x80;

    /** In text and login PDUs: the text goes on in the next PDU. */
    static final int CONTINUE = 0x40;

    static final int IMMEDIATE = 0x40;

    private BasicHeader() {}

    /**
     * Returns the operation code, without the immediate bit.
     *
     * @param header 48 bytes from the buffer's position on
     * @return 0 to 0x3F
     */
    public static int opcode(ByteBuffer header) {
        return header.get(header.position()) & 0x3F;
    }

    /**
     * Returns the length of the additional header segments.
     *
     * @param header 48 bytes from the buffer's position on
     * @return bytes, 0 to 1020, a multiple of 4
     */
    public static int totalAdditionalHeaderLength(ByteBuffer header) {
        return (header.get(header.position() + 4) & 0xFF) * 4;
    }

    /**
     * Returns the length of the data segment without its padding.
     *
     * @param header 48 bytes from the buffer's position on
     * @return bytes, 0 to 2^24-1
     */
    public static int dataSegmentLength(ByteBuffer header) {
        return header.getInt(header.position() + 4) & 0xFFFFFF;
    }

    /**
     * Returns how many bytes of padding follow a segment, to a multiple of four.
     *
     * @param length of the segment in bytes
     * @return 0 to 3
     */
    public static int padding(int length) {
        return -length & 3;
    }

    /** Starts a header at the buffer's position: all zeros but for the first two bytes and the length. */
    static void start(ByteBuffer out, int opcode, int flags, int dataSegmentLength) {
        int at = out.position();
        for (int i = 0; i < LENGTH; i += Long.BYTES) {
            out.putLong(at + i, 0);
        }
        out.put(at, (byte) opcode).put(at + 1, (byte) flags);
        out.putInt(at + 4, dataSegmentLength);
    }

    static boolean bit(int flags, int mask) {
        return (flags & mask) != 0;
    }

    static int flag(boolean set, int mask) {
        return set ? mask : 0;
    }
}
