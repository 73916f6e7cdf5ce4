package org.sanboot.iscsi;

import org.sanboot.ConfigurationException;

/**
 * What a disk says of a failure (SPC-4 4.5): sense key, additional sense code and its qualifier.
 *
 * @param key 0 to 15
 * @param code 0 to 255
 * @param qualifier 0 to 255
 */
public record SenseCode(int key, int code, int qualifier) {

    /** The medium cannot be read there. */
    public static final SenseCode UNRECOVERED_READ_ERROR = new SenseCode(0x3, 0x11, 0x00);

    /** The medium cannot be written there. */
    public static final SenseCode WRITE_ERROR = new SenseCode(0x3, 0x0C, 0x00);

    /** The disk is full, as a thin one can be. */
    public static final SenseCode SPACE_ALLOCATION_FAILED = new SenseCode(0x7, 0x27, 0x07);

    /** The disk takes no writes. */
    public static final SenseCode WRITE_PROTECTED = new SenseCode(0x7, 0x27, 0x00);

    /** The disk is not ready, and does not say why. */
    public static final SenseCode NOT_READY = new SenseCode(0x2, 0x04, 0x00);

    /** The disk itself is broken. */
    public static final SenseCode HARDWARE_ERROR = new SenseCode(0x4, 0x44, 0x00);

    /**
     * Checks the ranges.
     *
     * @throws ConfigurationException when a number is out of range
     */
    public SenseCode {
        if ((key & ~0xF) != 0 || (code & ~0xFF) != 0 || (qualifier & ~0xFF) != 0) {
            throw new ConfigurationException(String.format(
                    "Sense %x/%x/%x is out of range; a key has 4 bits, a code and a qualifier have 8.",
                    key, code, qualifier));
        }
    }
}
