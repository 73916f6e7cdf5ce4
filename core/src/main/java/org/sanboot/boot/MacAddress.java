package org.sanboot.boot;

import java.util.HexFormat;
import java.util.Locale;
import org.sanboot.ConfigurationException;

/**
 * The hardware address of a network card, six octets (IEEE 802, EUI-48).
 *
 * @param value in lower case with colons, such as {@code 52:54:00:12:34:56}
 */
public record MacAddress(String value) {

    /** Takes colons or hyphens, and either case. */
    public MacAddress {
        value = value.toLowerCase(Locale.ROOT).replace('-', ':');
        if (!value.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}")) {
            throw new ConfigurationException("'%s' is not a MAC address such as 52:54:00:12:34:56.".formatted(value));
        }
    }

    /**
     * Returns the six octets.
     *
     * @return a new array
     */
    public byte[] octets() {
        return HexFormat.ofDelimiter(":").parseHex(value);
    }

    /**
     * Returns the address as iPXE's {@code hexhyp} prints it.
     *
     * @return in lower case with hyphens
     */
    public String hyphenated() {
        return value.replace(':', '-');
    }

    @Override
    public String toString() {
        return value;
    }
}
