package org.sanboot.inventory;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.inventory.LeaseBook.Entry;
import org.sanboot.inventory.LeaseBook.Holding;
import org.sanboot.inventory.LeaseBook.Ticket;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Leases in a directory that all users of one controller machine share.
 *
 * <p>Thread-safe. One daemon thread gives the signs of life for all leases that were taken here; those who wait give theirs
 * when they look again.
 */
final class FileLeaseStore implements LeaseStore {

    private static final Logger LOGGER = Logging.logger(FileLeaseStore.class);

    /** Long enough for a controller that swaps or collects garbage; a death is noticed without it, and at once. */
    private static final Duration EXPIRY = Duration.ofMinutes(1);

    /** Nobody tells other processes that a host is free, so they look. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final LeaseFile file;
    private final Clock clock;
    private final Duration expiry;
    private final LeaseOwner self = LeaseOwner.self();
    private final Set<HeldLease> held = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService heart = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "sanboot-leases");
        thread.setDaemon(true);
        return thread;
    });

    FileLeaseStore(Path directory, Clock clock, Duration expiry) {
        this.file = LeaseFile.in(directory);
        this.clock = clock;
        this.expiry = expiry;
        long beat = expiry.toMillis() / 4;
        var unused = heart.scheduleWithFixedDelay(this::beat, beat, beat, TimeUnit.MILLISECONDS);
    }

    static FileLeaseStore open(Path directory) {
        return new FileLeaseStore(directory, Clock.systemUTC(), EXPIRY);
    }

    @Override
    public List<Lease> acquire(LeaseRequest request) {
        String id = UUID.randomUUID().toString();
        long deadline = System.nanoTime() + request.timeout().toNanos();
        try {
            while (true) {
                Optional<List<Lease>> leases = file.change(book -> ask(book, id, request));
                if (leases.isPresent()) {
                    return leases.orElseThrow();
                }
                if (System.nanoTime() - deadline >= 0) {
                    throw new InfrastructureException("No host became free within %d s for %s: %s."
                            .formatted(request.timeout().toSeconds(), request.purpose(), whoHolds(request)));
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Waiting for a host was interrupted.", e);
        } finally {
            leaveQueue(id);
        }
    }

    /** Queues on the first look, and takes the hosts when it is our turn. */
    private Optional<List<Lease>> ask(LeaseBook book, String id, LeaseRequest request) {
        long now = clock.millis();
        book.queue().removeIf(ticket -> !ticket.id().equals(id) && isGone(ticket.owner(), ticket.heartbeat(), now));
        requireAvailable(book, request);
        Ticket known = book.queue().stream()
                .filter(ticket -> ticket.id().equals(id))
                .findFirst()
                .orElse(null);
        if (known == null) {
            book.queue().add(new Ticket(id, self, request.purpose(), request.wishes(), now));
        } else if (now - known.heartbeat() > expiry.toMillis() / 4) {
            book.queue().replaceAll(ticket -> ticket.id().equals(id) ? ticket.seen(now) : ticket);
        }
        return book.turn(id, host -> mayTake(book.entry(host), now)).map(hosts -> {
            book.queue().removeIf(ticket -> ticket.id().equals(id));
            return hosts.stream()
                    .map(host -> take(book, host, request.purpose(), now))
                    .toList();
        });
    }

    private Lease take(LeaseBook book, String host, String purpose, long now) {
        Holding before = book.entry(host).holding();
        LeaseOwner predecessor = before == null ? null : before.owner();
        Holding holding = new Holding(UUID.randomUUID().toString(), self, purpose, now, now, predecessor);
        book.put(host, book.entry(host).with(holding));
        HeldLease lease = new HeldLease(host, holding.id(), predecessor);
        held.add(lease);
        return lease;
    }

    private boolean mayTake(Entry entry, long now) {
        Holding holding = entry.holding();
        return entry.setAside() == null && (holding == null || isGone(holding.owner(), holding.heartbeat(), now));
    }

    private boolean isGone(LeaseOwner owner, long heartbeat, long now) {
        return now - heartbeat > expiry.toMillis() || owner.isDead(self);
    }

    private static void requireAvailable(LeaseBook book, LeaseRequest request) {
        for (List<String> wish : request.wishes()) {
            if (wish.stream().allMatch(host -> book.entry(host).setAside() != null)) {
                throw new InfrastructureException(
                        "Every host that would do for %s is set aside: %s. Mend it, then: sanboot hosts release %s"
                                .formatted(
                                        request.purpose(),
                                        wish.stream()
                                                .map(host -> host + " ("
                                                        + book.entry(host).setAside() + ")")
                                                .collect(Collectors.joining(", ")),
                                        wish.get(0)));
            }
        }
    }

    private String whoHolds(LeaseRequest request) {
        Map<String, Entry> hosts = file.read().hosts();
        return request.wishes().stream()
                .flatMap(List::stream)
                .distinct()
                .map(host -> host + " " + describe(hosts.getOrDefault(host, Entry.FREE)))
                .collect(Collectors.joining("; "));
    }

    private static String describe(Entry entry) {
        Holding holding = entry.holding();
        if (entry.setAside() != null) {
            return "is set aside (" + entry.setAside() + ")";
        }
        return holding == null
                ? "is free, but others were first"
                : "is held by %s for %s since %s"
                        .formatted(holding.owner(), holding.purpose(), Instant.ofEpochMilli(holding.since()));
    }

    private void leaveQueue(String id) {
        file.change(book -> book.queue().removeIf(ticket -> ticket.id().equals(id)));
    }

    @Override
    public Optional<Lease> takeForCare(String host, String purpose) {
        return file.change(book -> {
            long now = clock.millis();
            Holding holding = book.entry(host).holding();
            return holding == null || isGone(holding.owner(), holding.heartbeat(), now)
                    ? Optional.of(take(book, host, purpose, now))
                    : Optional.empty();
        });
    }

    @Override
    public Optional<Lease> takeOver(String host) {
        return file.change(book -> {
            long now = clock.millis();
            Holding holding = book.entry(host).holding();
            return holding != null && isGone(holding.owner(), holding.heartbeat(), now)
                    ? Optional.of(take(book, host, "powering off what " + holding.owner() + " left", now))
                    : Optional.empty();
        });
    }

    @Override
    public List<HostState> list() {
        long now = clock.millis();
        List<HostState> states = new ArrayList<>();
        file.read().hosts().forEach((host, entry) -> states.add(state(host, entry, now)));
        states.sort((first, second) -> first.host().compareTo(second.host()));
        return List.copyOf(states);
    }

    private HostState state(String host, Entry entry, long now) {
        Optional<Holding> holding = Optional.ofNullable(entry.holding());
        Optional<Instant> leased = holding.map(it -> Instant.ofEpochMilli(it.since()));
        return new HostState(
                host,
                holding.map(Holding::owner),
                holding.map(Holding::purpose).orElse(""),
                entry.setAside() == null ? leased : Optional.of(Instant.ofEpochMilli(entry.setAsideAt())),
                holding.map(it -> isGone(it.owner(), it.heartbeat(), now)).orElse(false),
                entry.failedBoots(),
                Optional.ofNullable(entry.setAside()));
    }

    @Override
    public List<Waiting> queue() {
        return file.read().queue().stream()
                .map(ticket -> new Waiting(ticket.owner(), ticket.purpose(), ticket.wishes()))
                .toList();
    }

    @Override
    public boolean readmit(String host) {
        return file.change(book -> {
            Entry entry = book.entry(host);
            book.put(host, new Entry(entry.holding(), 0, null, 0));
            return entry.setAside() != null;
        });
    }

    private void beat() {
        try {
            if (!held.isEmpty()) {
                file.change(book -> {
                    held.forEach(lease -> lease.beat(book));
                    return true;
                });
            }
        } catch (RuntimeException e) {
            LOGGER.warn("Cannot give a sign of life for {}", held, e);
        }
    }

    @Override
    public void close() {
        List.copyOf(held).forEach(HeldLease::close);
        heart.shutdownNow();
    }

    /** A lease that was taken here. */
    private final class HeldLease implements Lease {

        private final String host;
        private final String id;
        private final @Nullable LeaseOwner predecessor;

        HeldLease(String host, String id, @Nullable LeaseOwner predecessor) {
            this.host = host;
            this.id = id;
            this.predecessor = predecessor;
        }

        @Override
        public String host() {
            return host;
        }

        @Override
        public Optional<LeaseOwner> takenOverFrom() {
            return Optional.ofNullable(predecessor);
        }

        @Override
        public boolean isHeld() {
            Holding holding = file.read().hosts().getOrDefault(host, Entry.FREE).holding();
            return holding != null && holding.id().equals(id);
        }

        private void beat(LeaseBook book) {
            Optional<Holding> holding = book.holding(host, id);
            if (holding.isPresent()) {
                book.put(host, book.entry(host).with(holding.orElseThrow().seen(clock.millis())));
            } else {
                LOGGER.error("Host {} was taken over: this process gave no sign of life for {}", host, expiry);
                held.remove(this);
            }
        }

        @Override
        public void bootSucceeded() {
            ifHeld(entry -> new Entry(entry.holding(), 0, entry.setAside(), entry.setAsideAt()));
        }

        @Override
        public boolean bootFailed(String reason) {
            Entry after = ifHeld(entry -> {
                int failed = entry.failedBoots() + 1;
                return failed < FAILED_BOOTS
                        ? new Entry(entry.holding(), failed, entry.setAside(), entry.setAsideAt())
                        : new Entry(
                                entry.holding(),
                                failed,
                                "%d boots in a row failed, the last one: %s".formatted(failed, reason),
                                clock.millis());
            });
            return after.setAside() != null;
        }

        @Override
        public void setAside(String reason) {
            ifHeld(entry -> new Entry(entry.holding(), entry.failedBoots(), reason, clock.millis()));
        }

        private Entry ifHeld(UnaryOperator<Entry> change) {
            return file.change(book -> {
                if (book.holding(host, id).isPresent()) {
                    book.put(host, change.apply(book.entry(host)));
                }
                return book.entry(host);
            });
        }

        @Override
        public void close() {
            if (held.remove(this)) {
                ifHeld(entry -> entry.with(null));
            }
        }

        @Override
        public String toString() {
            return host;
        }
    }
}
