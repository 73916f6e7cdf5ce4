package org.sanboot.junit;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/** Times and sizes as people write them. */
final class Quantities {

    private static final Pattern TIME = Pattern.compile("(\\d{1,9})\\s*([smhd])");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,7})\\s*([MG])(iB)?");

    private Quantities() {}

    static Duration duration(String text) {
        Matcher time = TIME.matcher(text);
        try {
            if (time.matches()) {
                String number = time.group(1) + time.group(2).toUpperCase(Locale.ROOT);
                return Duration.parse(number.endsWith("D") ? "P" + number : "PT" + number);
            }
            return Duration.parse(text);
        } catch (DateTimeException e) {
            throw new ConfigurationException("'%s' is not a time; write 90s, 5m, 1h, 2d or PT1M30S".formatted(text), e);
        }
    }

    static int mebibytes(String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw new ConfigurationException("'%s' is not a size; write 512M or 4G".formatted(text));
        }
        long mebibytes = Long.parseLong(size.group(1)) * (size.group(2).equals("G") ? 1024 : 1);
        return (int) Math.min(mebibytes, Integer.MAX_VALUE);
    }
}
