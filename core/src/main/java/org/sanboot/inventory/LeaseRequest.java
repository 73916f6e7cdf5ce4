package org.sanboot.inventory;

import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Which hosts somebody wants, all at once.
 *
 * @param wishes one for each host that is wanted: the names of the hosts that will do, the preferred one first
 * @param purpose what for, as others see it
 * @param timeout how long to wait for them
 */
public record LeaseRequest(List<List<String>> wishes, String purpose, Duration timeout) {

    /** Copies and checks the wishes. */
    public LeaseRequest {
        wishes = wishes.stream().map(List::copyOf).toList();
        if (wishes.isEmpty() || wishes.stream().anyMatch(List::isEmpty)) {
            throw new IllegalArgumentException("at least one host is needed for each wish");
        }
    }

    /**
     * Gives as many wishes as possible a host each.
     *
     * @param wishes as in a request
     * @param mayTake which hosts there are
     * @return the hosts by the wishes' numbers, counted from 0
     */
    public static SortedMap<Integer, String> choose(List<List<String>> wishes, Predicate<String> mayTake) {
        return new TreeMap<>(LeaseBook.choose(wishes, mayTake));
    }
}
