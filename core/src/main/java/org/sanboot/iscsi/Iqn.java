package org.sanboot.iscsi;

import java.util.Locale;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/**
 * The world-wide name of an iSCSI target or initiator (RFC 7143 4.2.7): {@code iqn.}, {@code eui.} or {@code naa.}
 *
 * @param value the name in lower case, as RFC 3722 prepares it; 1 to 223 bytes
 */
public record Iqn(String value) implements Comparable<Iqn> {

    private static final int LONGEST = 223;
    private static final Pattern FORMAT =
            Pattern.compile("iqn\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[a-z0-9][a-z0-9.-]*(:[a-z0-9.:-]*)?"
                    + "|eui\\.[0-9a-f]{16}|naa\\.([0-9a-f]{16}|[0-9a-f]{32})");

    /**
     * Checks the name and puts it into lower case.
     *
     * @throws ConfigurationException when it is not an iSCSI name
     */
    public Iqn {
        value = value.toLowerCase(Locale.ROOT);
        if (value.length() > LONGEST || !FORMAT.matcher(value).matches()) {
            throw new ConfigurationException("\"" + value + "\" is not an iSCSI name; write it like"
                    + " \"iqn.2026-01.org.example:disk1\", with letters, digits, '-', '.' and ':' only,"
                    + " and no longer than 223 characters.");
        }
    }

    @Override
    public int compareTo(Iqn other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
