package org.sanboot.proof;

import java.util.Locale;

/**
 * One thing that was looked at in a running guest.
 *
 * @param subject in a word or two, such as {@code boot disk}
 * @param verdict what it means for the image
 * @param seen what was seen, in a clause
 */
public record Finding(String subject, Verdict verdict, String seen) {

    /** What a finding means for the image. */
    public enum Verdict {
        /** It is as it has to be. */
        GOOD,
        /** Nobody should use such an image. */
        BAD,
        /** It could not be found out, or may be harmless. */
        DOUBT
    }

    /** Says it for people. */
    @Override
    public String toString() {
        return "%-16s %-5s %s".formatted(subject, verdict.name().toLowerCase(Locale.ROOT), seen);
    }
}
