package org.sanboot.iscsi.scsi;

/** Logical unit numbers in their eight-byte form (SAM-5 4.7). */
public final class LunCode {

    /** The highest number that this target gives: what flat space addressing holds. */
    public static final int HIGHEST = 16_383;

    private static final int PERIPHERAL = 0;
    private static final int FLAT = 1;
    private static final int HIGHEST_PERIPHERAL = 255;

    private LunCode() {}

    /**
     * Reads a number in peripheral device or flat space addressing.
     *
     * @param code eight bytes
     * @return the number, or -1 for what this target never gives
     */
    public static int number(long code) {
        int method = (int) (code >>> 62);
        int number = (int) (code >>> 48) & 0x3FFF;
        boolean single = (code & 0xFFFFFFFFFFFFL) == 0;
        boolean given = method == FLAT || (method == PERIPHERAL && number <= HIGHEST_PERIPHERAL);
        return single && given ? number : -1;
    }

    /**
     * Writes a number.
     *
     * @param number 0 to {@link #HIGHEST}
     * @return eight bytes
     */
    public static long code(int number) {
        int method = number > HIGHEST_PERIPHERAL ? FLAT : PERIPHERAL;
        return ((long) method << 14 | number) << 48;
    }
}
