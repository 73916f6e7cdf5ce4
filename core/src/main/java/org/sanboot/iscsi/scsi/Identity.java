package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What a logical unit calls itself; always the same for the same target name and number.
 *
 * @param targetName of its target
 * @param lun its number
 */
record Identity(String targetName, int lun) {

    private static final int LOCALLY_ASSIGNED = 0x3;

    /** Returns the name in NAA's locally assigned format (SPC-4 7.8.6.6.4): 60 bits, from the target's name. */
    long naa() {
        return ByteBuffer.wrap(digest()).getLong() >>> 4 | (long) LOCALLY_ASSIGNED << 60;
    }

    /** Returns the unit serial number, 16 characters. */
    String serialNumber() {
        return HexFormat.of().toHexDigits(naa());
    }

    private byte[] digest() {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest((targetName + "," + lun).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
