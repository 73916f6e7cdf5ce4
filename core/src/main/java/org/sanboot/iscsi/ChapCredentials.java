package org.sanboot.iscsi;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import org.sanboot.ConfigurationException;

/**
 * A name and a secret for CHAP (RFC 7143 12.1.3). The secret never appears in {@link #toString()}, a log or an exception.
 *
 * @param name 1 to 255 bytes of UTF-8
 * @param secret 12 to 255 bytes of UTF-8: 96 bits are the least that RFC 7143 9.2.1 holds safe, and Windows takes no less
 */
public record ChapCredentials(String name, String secret) {

    private static final int SHORTEST_SECRET = 12;
    private static final int LONGEST = 255;
    private static final int RANDOM_BYTES = 16;
    private static final SecureRandom RANDOM = new SecureRandom();

    /**
     * Checks the lengths.
     *
     * @throws ConfigurationException when one is out of range
     */
    public ChapCredentials {
        Objects.requireNonNull(name, "name");
        int nameLength = name.getBytes(StandardCharsets.UTF_8).length;
        if (nameLength == 0 || nameLength > LONGEST || name.indexOf(0) >= 0) {
            throw new ConfigurationException(
                    "A CHAP name has 1 to 255 bytes, but \"" + name + "\" has " + nameLength + ".");
        }
        int secretLength = secret.getBytes(StandardCharsets.UTF_8).length;
        if (secretLength < SHORTEST_SECRET || secretLength > LONGEST) {
            throw new ConfigurationException("The CHAP secret of \"" + name + "\" must have 12 to 255 bytes, but has "
                    + secretLength + "; choose a longer one.");
        }
    }

    /**
     * Makes credentials that nobody can guess, short enough for an iBFT: 128 random bits.
     *
     * @param name of whoever proves to be it
     * @return a new secret each time
     */
    public static ChapCredentials random(String name) {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return new ChapCredentials(name, HexFormat.of().formatHex(bytes));
    }

    @Override
    public String toString() {
        return "ChapCredentials[name=" + name + ", secret=***]";
    }
}
