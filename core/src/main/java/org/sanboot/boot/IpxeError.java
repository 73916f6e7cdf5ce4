package org.sanboot.boot;

import java.util.HexFormat;

/** Says what iPXE's error numbers mean for a boot from a disk. */
public final class IpxeError {

    private IpxeError() {}

    /**
     * Explains an error.
     *
     * @param number as iPXE's {@code errno} prints it, such as {@code 0x4c0a6035}
     * @return the likely cause, and where iPXE's own explanation is found
     */
    public static String explain(String number) {
        try {
            int error = HexFormat.fromHexDigits(number.replaceFirst("^0x", ""));
            return "%s (https://ipxe.org/%08x)".formatted(cause(error), error);
        } catch (IllegalArgumentException e) {
            return "iPXE error " + number;
        }
    }

    /** Bits 30 to 24 hold the POSIX error, in the numbers of iPXE's own errno.h. */
    private static String cause(int error) {
        return switch (error >>> 24 & 0x7f) {
            case 0x0f -> "the connection was refused or reset, so nothing listens there, or a firewall rejects it";
            case 0x1d -> "the target reported an input/output error";
            case 0x28 -> "there is no way to the target's network";
            case 0x2c -> "the target does not know the disk";
            case 0x2e -> "the disk holds nothing that this firmware can start";
            case 0x41 -> "the target refuses the host's initiator name or CHAP secret";
            case 0x4c -> "the target does not answer, so its address is wrong, or a firewall drops the connection";
            default -> "iPXE gave up";
        };
    }
}
