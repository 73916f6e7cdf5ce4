package org.sanboot.iscsi;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** CDBs that tests send. */
public final class Cdbs {

    private Cdbs() {}

    public static byte[] of(String hex) {
        return HexFormat.ofDelimiter(" ").parseHex(hex);
    }

    public static byte[] read10(int lba, int blocks) {
        return ten(0x28, lba, blocks);
    }

    public static byte[] write10(int lba, int blocks) {
        return ten(0x2A, lba, blocks);
    }

    public static byte[] ten(int opcode, int lba, int blocks) {
        return ByteBuffer.allocate(10)
                .put((byte) opcode)
                .put((byte) 0)
                .putInt(lba)
                .put((byte) 0)
                .putShort((short) blocks)
                .array();
    }

    public static byte[] inquiryPage(int page) {
        return new byte[] {0x12, 1, (byte) page, 1, 0, 0};
    }

    public static byte[] testUnitReady() {
        return new byte[6];
    }

    public static byte[] synchronizeCache() {
        return ten(0x35, 0, 0);
    }
}
