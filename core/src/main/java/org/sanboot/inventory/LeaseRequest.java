package org.sanboot.inventory;

import java.time.Duration;
import java.util.List;

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
}
