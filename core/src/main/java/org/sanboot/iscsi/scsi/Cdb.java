package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;

/** A command descriptor block of up to 16 bytes, and its big-endian fields. */
final class Cdb {

    private final byte[] bytes;
    private final ByteBuffer buffer;

    Cdb(byte[] bytes) {
        this.bytes = bytes;
        this.buffer = ByteBuffer.wrap(bytes);
    }

    int opcode() {
        return u8(0);
    }

    int u8(int at) {
        return bytes[at] & 0xFF;
    }

    int u16(int at) {
        return buffer.getShort(at) & 0xFFFF;
    }

    int u24(int at) {
        return u8(at) << 16 | u16(at + 1);
    }

    /** Returns a 32-bit field as its unsigned value. */
    long u32(int at) {
        return buffer.getInt(at) & 0xFFFFFFFFL;
    }

    /** Returns a 64-bit field; negative where the unsigned value is 2^63 or more. */
    long u64(int at) {
        return buffer.getLong(at);
    }

    boolean bit(int at, int mask) {
        return (bytes[at] & mask) != 0;
    }
}
