package org.sanboot.evidence;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Keeper.Liveness;

/**
 * How much is kept before the oldest failures go: those of the oldest run first, and of one run the last before the first.
 *
 * <p>Pinned failures never go and do not count. What a run has kept never goes while that run lasts, however much it is, nor
 * does a failure in use. What was kept by a process that cannot be seen from here, on another host or in another container,
 * goes only when it is too old.
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

    /**
     * A failure as far as a policy cares.
     *
     * @param run the run that it belongs to; null when it belongs to none
     * @param keeper whether the process that kept it still runs; what may not go for another reason counts as alive
     */
    record Candidate(Failure failure, @Nullable String run, Instant keptAt, long allocatedBytes, Liveness keeper) {

        /** What cannot be told is spared as long as it is not too old: it may be another host's. */
        private boolean mayGo(boolean old) {
            return switch (keeper) {
                case ALIVE -> false;
                case DEAD -> true;
                case UNKNOWN -> old;
            };
        }

        private String group() {
            return run == null ? failure.id() : "run " + run;
        }
    }

    /**
     * Decides who goes, in the order in which they go: those of older runs before those of newer ones, and the last of a run
     * before its first, which mostly is the reason for the others. Those that may not go count nevertheless: they take their
     * room.
     */
    List<Failure> expired(List<Candidate> oldestFirst, Instant now) {
        int count = oldestFirst.size();
        long bytes = oldestFirst.stream().mapToLong(Candidate::allocatedBytes).sum();
        List<Failure> expired = new ArrayList<>();
        for (Candidate candidate : inOrderOfLeaving(oldestFirst)) {
            boolean old = Duration.between(candidate.keptAt(), now).compareTo(maximumAge) > 0;
            if (candidate.mayGo(old) && (old || count > maximumCount || bytes > maximumBytes)) {
                expired.add(candidate.failure());
                count--;
                bytes -= candidate.allocatedBytes();
            }
        }
        return expired;
    }

    private static List<Candidate> inOrderOfLeaving(List<Candidate> oldestFirst) {
        Map<String, Deque<Candidate>> runs = new LinkedHashMap<>();
        oldestFirst.forEach(candidate -> runs.computeIfAbsent(candidate.group(), run -> new ArrayDeque<>())
                .addFirst(candidate));
        return runs.values().stream().flatMap(Deque::stream).toList();
    }
}
