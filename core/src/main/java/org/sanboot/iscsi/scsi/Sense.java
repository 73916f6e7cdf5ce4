package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import org.sanboot.block.BlockIoException;

/**
 * Why a command was not done (SPC-4 4.5).
 *
 * @param key the sense key, 0 to 15
 * @param code the additional sense code, 0 to 255
 * @param qualifier the additional sense code qualifier, 0 to 255
 * @param information for a miscompare, the offset of the first differing byte; -1 for none
 * @param field in an invalid CDB or parameter list, the first byte at fault; -1 for none
 */
public record Sense(int key, int code, int qualifier, long information, int field) {

    private static final int ILLEGAL_REQUEST = 0x5;
    private static final int CODE_PARAMETER_LIST = 0x26;

    static Sense of(AdditionalSense additional) {
        return new Sense(additional.key(), additional.code(), additional.qualifier(), -1, -1);
    }

    Sense withInformation(long value) {
        return new Sense(key, code, qualifier, value, field);
    }

    Sense withField(int value) {
        return new Sense(key, code, qualifier, information, value);
    }

    /**
     * Translates a failure of the disk.
     *
     * @param failure of the disk
     * @param write the command would have written
     * @return what the initiator is told
     */
    public static Sense of(BlockIoException failure, boolean write) {
        return of(
                switch (failure.reason()) {
                    case MEDIUM -> write ? AdditionalSense.WRITE_ERROR : AdditionalSense.UNRECOVERED_READ_ERROR;
                    case NO_SPACE -> AdditionalSense.SPACE_ALLOCATION_FAILED_WRITE_PROTECT;
                    case READ_ONLY -> AdditionalSense.WRITE_PROTECTED;
                    case INTERNAL -> AdditionalSense.INTERNAL_TARGET_FAILURE;
                });
    }

    /**
     * Makes sense data of numbers.
     *
     * @param key the sense key
     * @param code the additional sense code
     * @param qualifier its qualifier
     * @return sense data without information
     */
    public static Sense of(int key, int code, int qualifier) {
        return new Sense(key, code, qualifier, -1, -1);
    }

    /**
     * Returns what an initiator is told of a fault that is the target's own.
     *
     * @return HARDWARE ERROR
     */
    public static Sense internalFailure() {
        return of(AdditionalSense.INTERNAL_TARGET_FAILURE);
    }

    /**
     * Returns what an initiator is told of data that did not come as it should (RFC 7143 11.4.7.2).
     *
     * @return ABORTED COMMAND
     */
    public static Sense incorrectAmountOfData() {
        return of(AdditionalSense.INCORRECT_AMOUNT_OF_DATA);
    }

    /**
     * Returns what an initiator is told of data that came damaged (RFC 7143 11.4.7.2).
     *
     * @return ABORTED COMMAND
     */
    public static Sense damagedData() {
        return of(AdditionalSense.PROTOCOL_SERVICE_CRC_ERROR);
    }

    /**
     * Writes the fixed format, which every initiator reads.
     *
     * @return 18 bytes
     */
    public byte[] encodeFixed() {
        return fixed();
    }

    /** Writes the fixed format, or the descriptor format where an initiator chose it (D_SENSE). */
    byte[] encode(boolean descriptorFormat) {
        return descriptorFormat ? descriptors() : fixed();
    }

    private byte[] fixed() {
        ByteBuffer out = ByteBuffer.allocate(18);
        boolean fits = information >= 0 && information <= 0xFFFFFFFFL;
        out.put(0, (byte) (fits ? 0xF0 : 0x70)).put(2, (byte) key).putInt(3, fits ? (int) information : 0);
        out.put(7, (byte) 10).put(12, (byte) code).put(13, (byte) qualifier);
        if (field >= 0) {
            out.put(15, (byte) fieldFlags()).putShort(16, (short) field);
        }
        return out.array();
    }

    private byte[] descriptors() {
        int length = (information >= 0 ? 12 : 0) + (field >= 0 ? 8 : 0);
        ByteBuffer out = ByteBuffer.allocate(8 + length);
        out.put((byte) 0x72)
                .put((byte) key)
                .put((byte) code)
                .put((byte) qualifier)
                .putInt(length);
        if (information >= 0) {
            out.put((byte) 0x00).put((byte) 0x0A).put((byte) 0x80).put((byte) 0).putLong(information);
        }
        if (field >= 0) {
            out.put((byte) 0x02).put((byte) 0x06).putShort((short) 0);
            out.put((byte) fieldFlags()).putShort((short) field).put((byte) 0);
        }
        return out.array();
    }

    /** SKSV, and C/D where the fault is in the CDB (SPC-4 4.5.2.4.2). */
    private int fieldFlags() {
        return key == ILLEGAL_REQUEST && code == CODE_PARAMETER_LIST ? 0x80 : 0xC0;
    }
}
