package org.sanboot.evidence;

import java.time.Duration;
import java.util.Locale;

/** Quantities as people read them. */
public final class Units {

    private Units() {}

    /**
     * Writes a number of bytes with a binary unit.
     *
     * @param bytes at least 0
     * @return such as {@code 512 B}, {@code 3.4 MiB}
     */
    public static String bytes(long bytes) {
        String[] units = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 1023.95) {
            value /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }

    /**
     * Writes a duration with the unit that fits it.
     *
     * @param duration any
     * @return such as {@code 140 ms}, {@code 2.1 s}, {@code 3 min 05 s}
     */
    public static String seconds(Duration duration) {
        long millis = duration.toMillis();
        if (Math.abs(millis) < 1000) {
            return millis + " ms";
        }
        if (Math.abs(millis) < 99_950) {
            return String.format(Locale.ROOT, "%.1f s", millis / 1000.0);
        }
        return String.format(Locale.ROOT, "%d min %02d s", duration.toMinutes(), Math.abs(duration.toSecondsPart()));
    }
}
