package org.sanboot.evidence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.sanboot.ConfigurationException;

/**
 * How much is kept before the oldest failures go.
 *
 * <p>Pinned failures never go and do not count. The failure that was just made never goes, nor does one in use.
 *
 * @param maximumCount how many failures, at least 1
 * @param maximumAge how old one may become, more than nothing
 * @param maximumBytes how many bytes they may allocate on the host's disk together, at least 1; holes in a sparse file do not count
 */
public record Retention(int maximumCount, Duration maximumAge, long maximumBytes) {

    /** Checks the values. */
    public Retention {
        Objects.requireNonNull(maximumAge, "maximumAge");
        List<String> problems = new ArrayList<>();
        if (maximumCount < 1) {
            problems.add("the count (%d) must be at least 1".formatted(maximumCount));
        }
        if (maximumAge.isNegative() || maximumAge.isZero()) {
            problems.add("the age (%s) must be more than nothing".formatted(maximumAge));
        }
        if (maximumBytes < 1) {
            problems.add("the number of bytes (%d) must be at least 1".formatted(maximumBytes));
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(
                    "The retention of failures is wrong: " + String.join(", ", problems) + ".");
        }
    }

    /**
     * Returns what holds when nothing is said: 20 failures, 14 days, 20 GiB.
     *
     * @return enough to come back to after a holiday, on a disk that also has to hold golden images
     */
    public static Retention defaults() {
        return new Retention(20, Duration.ofDays(14), 20L << 30);
    }

    /**
     * Returns a policy under which nothing goes by itself.
     *
     * @return no budget at all
     */
    public static Retention unlimited() {
        return new Retention(Integer.MAX_VALUE, Duration.ofSeconds(Long.MAX_VALUE), Long.MAX_VALUE);
    }

    /** A failure as far as a policy cares. */
    record Candidate(Failure failure, Instant keptAt, long allocatedBytes, boolean mayGo) {}

    /** Decides who goes. Those that may not go count nevertheless: they take their room. */
    List<Failure> expired(List<Candidate> oldestFirst, Instant now) {
        int count = oldestFirst.size();
        long bytes = oldestFirst.stream().mapToLong(Candidate::allocatedBytes).sum();
        List<Failure> expired = new ArrayList<>();
        for (Candidate candidate : oldestFirst) {
            boolean old = Duration.between(candidate.keptAt(), now).compareTo(maximumAge) > 0;
            if (candidate.mayGo() && (old || count > maximumCount || bytes > maximumBytes)) {
                expired.add(candidate.failure());
                count--;
                bytes -= candidate.allocatedBytes();
            }
        }
        return expired;
    }
}
