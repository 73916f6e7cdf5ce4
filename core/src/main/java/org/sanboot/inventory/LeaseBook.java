package org.sanboot.inventory;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is known of hosts and of those who wait for them; what is written to disk. Times are milliseconds of the
 * epoch.
 *
 * <p>Confined to whoever holds the store's lock.
 */
final class LeaseBook {

    /** By the host's name. */
    private final Map<String, Entry> hosts;

    /** Those who wait, in the order in which they came. */
    private final List<Ticket> queue;

    LeaseBook(Map<String, Entry> hosts, List<Ticket> queue) {
        this.hosts = new TreeMap<>(hosts);
        this.queue = new ArrayList<>(queue);
    }

    /** What is written to disk. */
    record Page(Map<String, Entry> hosts, List<Ticket> queue) {}

    /** One host. */
    record Entry(
            @Nullable Holding holding,
            int failedBoots,
            @Nullable String setAside,
            long setAsideAt) {

        static final Entry FREE = new Entry(null, 0, null, 0);

        Entry with(@Nullable Holding other) {
            return new Entry(other, failedBoots, setAside, setAsideAt);
        }
    }

    /** Who holds a host. */
    record Holding(
            String id,
            LeaseOwner owner,
            String purpose,
            long since,
            long heartbeat,
            @Nullable LeaseOwner predecessor) {

        Holding seen(long now) {
            return new Holding(id, owner, purpose, since, now, predecessor);
        }
    }

    /** Somebody who waits. */
    record Ticket(String id, LeaseOwner owner, String purpose, List<List<String>> wishes, long heartbeat) {

        Ticket seen(long now) {
            return new Ticket(id, owner, purpose, wishes, now);
        }
    }

    Page page() {
        return new Page(new TreeMap<>(hosts), List.copyOf(queue));
    }

    Map<String, Entry> hosts() {
        return hosts;
    }

    List<Ticket> queue() {
        return queue;
    }

    Entry entry(String host) {
        return hosts.getOrDefault(host, Entry.FREE);
    }

    void put(String host, Entry entry) {
        hosts.put(host, entry);
    }

    /** Returns what somebody holds, if the lease is still theirs. */
    Optional<Holding> holding(String host, String id) {
        return Optional.ofNullable(entry(host).holding())
                .filter(holding -> holding.id().equals(id));
    }

    /**
     * Finds the hosts that this ticket may take now: those that are left when everybody before it has chosen. Who cannot
     * have all wishes fulfilled keeps what is there for him, or those who want one host would overtake him for ever.
     *
     * @param mayTake whether a host is free or abandoned
     * @return a host for each wish, or nothing when it is not yet this ticket's turn
     */
    Optional<List<String>> turn(String id, Predicate<String> mayTake) {
        Set<String> spoken = new HashSet<>();
        for (Ticket ticket : queue) {
            Map<Integer, String> choice = choose(ticket.wishes(), host -> mayTake.test(host) && !spoken.contains(host));
            if (ticket.id().equals(id)) {
                return choice.size() < ticket.wishes().size()
                        ? Optional.empty()
                        : Optional.of(new TreeMap<>(choice).values().stream().toList());
            }
            spoken.addAll(choice.values());
        }
        return Optional.empty();
    }

    /** Gives as many wishes as possible a host each: a maximum bipartite matching by augmenting paths. */
    static Map<Integer, String> choose(List<List<String>> wishes, Predicate<String> free) {
        Map<String, Integer> taken = new HashMap<>();
        for (int wish = 0; wish < wishes.size(); wish++) {
            augment(wish, wishes, free, taken, new LinkedHashSet<>());
        }
        Map<Integer, String> choice = new HashMap<>();
        taken.forEach((host, wish) -> choice.put(wish, host));
        return choice;
    }

    private static boolean augment(
            int wish, List<List<String>> wishes, Predicate<String> free, Map<String, Integer> taken, Set<String> seen) {
        for (String host : wishes.get(wish)) {
            if (free.test(host) && seen.add(host)) {
                Integer other = taken.get(host);
                if (other == null || augment(other, wishes, free, taken, seen)) {
                    taken.put(host, wish);
                    return true;
                }
            }
        }
        return false;
    }
}
