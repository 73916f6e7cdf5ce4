package org.sanboot.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What INQUIRY answers: standard data and vital product data pages (SPC-4 6.6, 7.8; SBC-3 6.6). */
final class InquiryData {

    /** The most blocks in one transfer; VPD page B0h says so. 32 MiB. */
    static final int MAXIMUM_TRANSFER_LENGTH = 65_536;

    /** The most blocks that COMPARE AND WRITE takes; its data is held in memory. */
    static final int MAXIMUM_COMPARE_AND_WRITE_LENGTH = 64;

    /** The most blocks that WRITE ATOMIC takes, 128 KiB; its data is held in memory. */
    static final int MAXIMUM_ATOMIC_TRANSFER_LENGTH = 256;

    /** The most descriptors that UNMAP takes. */
    static final int MAXIMUM_UNMAP_DESCRIPTORS = 256;

    /** The most blocks that UNMAP takes in all, 512 MiB: milliseconds of work; libiscsi's suite takes no more for sensible. */
    static final long MAXIMUM_UNMAP_LENGTH = 1 << 20;

    /** The most blocks that WRITE SAME takes, 4 GiB: what is not zero has to be written. */
    static final long MAXIMUM_WRITE_SAME_LENGTH = 4L << 21;

    /** The overlay's sub-clusters of 4 KiB are what can be given back. */
    static final int BLOCKS_PER_PHYSICAL_BLOCK_EXPONENT = 3;

    private static final int PHYSICAL_BLOCK = 1 << BLOCKS_PER_PHYSICAL_BLOCK_EXPONENT;
    private static final int OPTIMAL_TRANSFER_LENGTH = 2048;
    private static final int[] PAGES = {0x00, 0x80, 0x83, 0x86, 0xB0, 0xB1, 0xB2};
    private static final String VENDOR = "SANBOOT ";

    /** SAM-5, SPC-4, SBC-3 and iSCSI, none with a version claimed (SPC-4 6.6.3). */
    private static final int[] VERSION_DESCRIPTORS = {0x00A0, 0x0460, 0x04C0, 0x0960};

    private final Identity identity;

    InquiryData(Identity identity) {
        this.identity = identity;
    }

    /** Returns the standard data of a number behind which there is no logical unit. */
    static byte[] absent() {
        byte[] data = new byte[36];
        // Peripheral qualifier 3, device type 1Fh: no device can be here.
        data[0] = 0x7F;
        data[2] = 6;
        data[3] = 2;
        data[4] = (byte) (data.length - 5);
        return data;
    }

    byte[] standard() {
        ByteBuffer data = ByteBuffer.allocate(96);
        // SPC-4, hierarchical LUNs, response format 2, command queuing.
        data.put(2, (byte) 6).put(3, (byte) 0x12).put(4, (byte) (96 - 5)).put(7, (byte) 0x02);
        data.put(8, ascii(VENDOR)).put(16, ascii("VIRTUAL DISK    ")).put(32, ascii("1.0 "));
        int at = 58;
        for (int descriptor : VERSION_DESCRIPTORS) {
            data.putShort(at, (short) descriptor);
            at += 2;
        }
        return data.array();
    }

    byte[] page(int code) {
        return switch (code) {
            case 0x00 -> page(code, supportedPages());
            case 0x80 -> page(code, ascii(identity.serialNumber()));
            case 0x83 -> page(code, identification());
            case 0x86 -> page(code, extendedInquiry());
            case 0xB0 -> page(code, blockLimits());
            case 0xB1 -> page(code, blockDeviceCharacteristics());
            case 0xB2 -> page(code, logicalBlockProvisioning());
            default -> throw ScsiException.invalidField(2);
        };
    }

    private static byte[] page(int code, byte[] body) {
        return ByteBuffer.allocate(4 + body.length)
                .put(1, (byte) code)
                .putShort(2, (short) body.length)
                .put(4, body)
                .array();
    }

    private static byte[] supportedPages() {
        byte[] body = new byte[PAGES.length];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) PAGES[i];
        }
        return body;
    }

    /** Designators (SPC-4 7.8.6). Windows Setup stops with 0xF4 where the NAA one is missing. */
    private byte[] identification() {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        designator(
                body, 0x1, 0x3, ByteBuffer.allocate(8).putLong(identity.naa()).array());
        designator(body, 0x2, 0x1, ascii(VENDOR + identity.serialNumber()));
        // Of the target port: its relative identifier, its group, its name; of the target device: its name.
        designator(body, 0x51, 0x94, new byte[] {0, 0, 0, 1});
        designator(body, 0x51, 0x95, new byte[] {0, 0, 0, 1});
        designator(body, 0x53, 0x98, name(identity.targetName() + ",t,0x0001"));
        designator(body, 0x53, 0xA8, name(identity.targetName()));
        return body.toByteArray();
    }

    private static void designator(ByteArrayOutputStream body, int codeSet, int type, byte[] value) {
        body.write(codeSet);
        body.write(type);
        body.write(0);
        body.write(value.length);
        body.writeBytes(value);
    }

    /** Returns a SCSI name string: ended by a zero, padded to four bytes (SPC-4 7.8.6.10). */
    static byte[] name(String text) {
        byte[] name = text.getBytes(StandardCharsets.UTF_8);
        return Arrays.copyOf(name, (name.length + 4) & ~3);
    }

    private static byte[] extendedInquiry() {
        byte[] body = new byte[60];
        // Head of queue, ordered and simple tasks; a volatile cache; unit attentions are cleared for the LU as a whole.
        body[1] = 0x07;
        body[2] = 0x01;
        return body;
    }

    private static byte[] blockLimits() {
        ByteBuffer body = ByteBuffer.allocate(60);
        body.put(1, (byte) MAXIMUM_COMPARE_AND_WRITE_LENGTH).putShort(2, (short) PHYSICAL_BLOCK);
        body.putInt(4, MAXIMUM_TRANSFER_LENGTH)
                .putInt(8, OPTIMAL_TRANSFER_LENGTH)
                .putInt(12, MAXIMUM_TRANSFER_LENGTH);
        body.putInt(16, (int) MAXIMUM_UNMAP_LENGTH)
                .putInt(20, MAXIMUM_UNMAP_DESCRIPTORS)
                .putInt(24, PHYSICAL_BLOCK);
        // Unmap alignment is valid, and zero.
        body.putInt(28, 0x80000000).putLong(32, MAXIMUM_WRITE_SAME_LENGTH).putInt(40, MAXIMUM_ATOMIC_TRANSFER_LENGTH);
        return body.array();
    }

    private static byte[] blockDeviceCharacteristics() {
        byte[] body = new byte[60];
        // Rotation rate 1: does not rotate.
        body[1] = 1;
        return body;
    }

    private static byte[] logicalBlockProvisioning() {
        // UNMAP and both WRITE SAME give space back; what is given back reads as zeros; thin.
        return new byte[] {0, (byte) 0xE4, 0x02, 0};
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
