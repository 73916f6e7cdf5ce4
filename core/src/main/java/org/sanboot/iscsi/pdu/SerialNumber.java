package org.sanboot.iscsi.pdu;

/** Comparison of 32-bit numbers that wrap (RFC 1982), as all sequence numbers of iSCSI do. */
public final class SerialNumber {

    private SerialNumber() {}

    /**
     * Tells whether one number comes before another.
     *
     * @param a a sequence number
     * @param b a sequence number
     * @return true when a is less than b in serial number arithmetic
     */
    public static boolean isBefore(int a, int b) {
        return a - b < 0;
    }
}
