package org.sanboot;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of storage, written the way people write it: {@code 512M}, {@code 1.5 GiB}, {@code 4096}.
 *
 * @param bytes not negative
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {

    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([KMGTP]?)(?:I?B)?");
    private static final String UNITS = "KMGTP";

    /** Checks the value. */
    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes (%d) must not be negative".formatted(bytes));
        }
    }

    /**
     * Reads a size with an optional binary unit: K, M, G, T or P, with or without {@code B} or {@code iB}, in any case.
     *
     * @param text the size
     * @return the size
     * @throws ConfigurationException when it is no size, or none below 8 EiB
     */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new ConfigurationException(
                    "'%s' is not a size; write a number with a unit, such as 512M or 20G.".formatted(text));
        }
        int power = matcher.group(2).isEmpty() ? 0 : UNITS.indexOf(matcher.group(2)) + 1;
        double bytes = Double.parseDouble(matcher.group(1)) * Math.pow(1024, power);
        if (bytes >= Long.MAX_VALUE) {
            throw new ConfigurationException("'%s' is too large; no disk has 8 EiB.".formatted(text));
        }
        return new ByteSize((long) bytes);
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /**
     * Writes the size with the unit that leaves at most four digits.
     *
     * @return such as {@code 428.0 MiB}
     */
    @Override
    public String toString() {
        if (bytes < 1024) {
            return bytes + " B";
        }
        int power = Math.min((63 - Long.numberOfLeadingZeros(bytes)) / 10, UNITS.length());
        return String.format(Locale.ROOT, "%.1f %siB", bytes / Math.pow(1024, power), UNITS.charAt(power - 1));
    }
}
