package org.sanboot.lab.provision;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseOwner;
import org.sanboot.inventory.LeaseRequest;
import org.sanboot.inventory.LeaseStore;

/**
 * All physical hosts that a test, or a class with its tests, can need at once. They are leased together when the first
 * machine of any kind boots, and a host that a test gives back is there for the next test, so that nobody who holds a host, or
 * room for virtual machines, waits for another host.
 *
 * <p>Thread-safe; whoever waits for hosts does so alone.
 */
public final class ReservedHosts implements AutoCloseable {

    private final LeaseStore leases;
    private final String purpose;
    private final Duration patience;
    private final List<List<String>> wishes = new ArrayList<>();
    private boolean taken;

    /** Its monitor guards it and what follows, and is held for moments only. */
    private final List<Lease> free = new ArrayList<>();

    private boolean closed;

    ReservedHosts(LeaseStore leases, String purpose, Duration patience, Map<List<String>, Integer> hosts) {
        this.leases = leases;
        this.purpose = purpose;
        this.patience = patience;
        List<List<String>> all = new ArrayList<>();
        hosts.forEach((names, count) -> all.addAll(Collections.nCopies(count, names)));
        // Tests that are not run at once may want more different hosts than there are.
        LeaseRequest.choose(all, host -> true).keySet().forEach(number -> wishes.add(all.get(number)));
    }

    /**
     * Takes hosts out of what is reserved, which is waited for the first time.
     *
     * @param wanted the names of the hosts that will do, for each host; none when the machines that boot are virtual ones
     * @return a lease for each
     */
    synchronized List<Lease> take(List<List<String>> wanted) {
        if (!taken && !wishes.isEmpty()) {
            List<Lease> leased = leases.acquire(new LeaseRequest(wishes, purpose, patience));
            synchronized (free) {
                free.addAll(leased);
            }
        }
        taken = true;
        SortedMap<Integer, String> chosen;
        Map<String, Lease> there = new HashMap<>();
        synchronized (free) {
            free.forEach(lease -> there.put(lease.host(), lease));
            chosen = LeaseRequest.choose(wanted, there::containsKey);
            chosen.values().forEach(host -> free.remove(there.get(host)));
        }
        List<List<String>> missing = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            if (!chosen.containsKey(i)) {
                missing.add(wanted.get(i));
            }
        }
        // A host that was set aside meanwhile has to be replaced.
        List<Lease> more = missing.isEmpty() ? List.of() : leases.acquire(new LeaseRequest(missing, purpose, patience));
        List<Lease> result = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < wanted.size(); i++) {
            String host = chosen.get(i);
            result.add(new Use(host == null ? more.get(next++) : Objects.requireNonNull(there.get(host))));
        }
        return result;
    }

    private void giveBack(Lease lease, boolean usable) {
        synchronized (free) {
            if (!closed && usable && lease.isHeld()) {
                free.add(lease);
                return;
            }
        }
        lease.close();
    }

    boolean isClosed() {
        synchronized (free) {
            return closed;
        }
    }

    /** Gives back what nobody uses; the rest is given back by those who do. Does not wait for who waits for a host. */
    @Override
    public void close() {
        List<Lease> unused;
        synchronized (free) {
            closed = true;
            unused = List.copyOf(free);
            free.clear();
        }
        unused.forEach(Lease::close);
    }

    /** A lease for the time of one machine. */
    private final class Use implements Lease {

        private final Lease lease;
        private boolean usable = true;
        private boolean over;

        Use(Lease lease) {
            this.lease = lease;
        }

        @Override
        public String host() {
            return lease.host();
        }

        @Override
        public Optional<LeaseOwner> takenOverFrom() {
            return lease.takenOverFrom();
        }

        @Override
        public synchronized boolean isHeld() {
            return !over && lease.isHeld();
        }

        @Override
        public void bootSucceeded() {
            lease.bootSucceeded();
        }

        @Override
        public synchronized boolean bootFailed(String reason) {
            boolean aside = lease.bootFailed(reason);
            usable &= !aside;
            return aside;
        }

        @Override
        public synchronized void setAside(String reason) {
            usable = false;
            lease.setAside(reason);
        }

        @Override
        public void close() {
            boolean wasUsable;
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
                wasUsable = usable;
            }
            giveBack(lease, wasUsable);
        }
    }
}
