package org.sanboot.lab.budget;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.lab.Demand;
import org.sanboot.lab.MachineLimits;
import org.sanboot.lab.Reservation;

/**
 * The room for virtual machines, shared by all JVMs with one home.
 *
 * <p>Who comes first is served first, over all those JVMs, so that one who wants much does not starve behind many who want
 * little. Thread-safe; one monitor guards everything.
 */
public final class MachineBudget implements AutoCloseable {

    /** Other JVMs do not tell when they give something back, so they are looked at. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private static final Duration SILENCE = Duration.ofSeconds(5);
    private static final Duration SILENCE_AFTERWARDS = Duration.ofMinutes(5);

    private final MachineLimits limits;
    private final Demand most;
    private final Duration silence;
    private final SharedLedger ledger;
    private final Set<Room> held = new LinkedHashSet<>();
    private final Deque<Waiter> queue = new ArrayDeque<>();

    /**
     * Opens the budget.
     *
     * @param directory is shared by all JVMs that share the budget; made when it is missing
     * @param limits how much there is, and how long to wait for it
     */
    public MachineBudget(Path directory, MachineLimits limits) {
        this(directory, limits, SILENCE);
    }

    MachineBudget(Path directory, MachineLimits limits, Duration silence) {
        this.limits = limits;
        this.most = limits.asDemand();
        this.silence = silence;
        this.ledger = SharedLedger.open(directory);
    }

    /** One thread that waits, since when by the clock that all JVMs of this computer share. */
    private record Waiter(Room room, Demand demand, Thread thread, long since) {}

    /**
     * Prepares to take room. Nothing is taken yet.
     *
     * @param purpose who wants it, for messages
     * @param demand all that is wanted at once; what is over the limits is left out
     * @param waiting told, in a clause, who holds what when the wait takes longer than a few seconds
     * @return the room, to be closed by the calling thread
     */
    public Room reserve(String purpose, Demand demand, Consumer<String> waiting) {
        return new Room(purpose, demand, waiting, Thread.currentThread());
    }

    /** Room for the machines of one test, or of one class. */
    public final class Room implements Reservation {

        private final String purpose;
        private final Demand total;

        /** Wants more memory than there is, and so has it all to itself. */
        private final boolean alone;

        private final Consumer<String> waiting;
        private final Thread owner;
        private Demand used = Demand.NONE;
        private boolean taken;
        private boolean closed;

        private Room(String purpose, Demand demand, Consumer<String> waiting, Thread owner) {
            this.purpose = purpose;
            this.total = demand.within(most);
            this.alone = demand.memoryMebibytes() > total.memoryMebibytes();
            this.waiting = waiting;
            this.owner = owner;
        }

        /**
         * Waits until there is room for machines, and takes it; the first time, for all that was reserved.
         *
         * @param demand of machines that boot together
         * @throws ConfigurationException when it is more than was reserved and than there is
         * @throws InfrastructureException when the time is over, the thread is interrupted, or waiting can have no end
         */
        public void enter(Demand demand) {
            if (demand.machines() > total.machines()) {
                throw new ConfigurationException(
                        "%s needs %d machines at once, and sanboot.machines allows %d; set it to %d or more."
                                .formatted(purpose, demand.machines(), total.machines(), demand.machines()));
            }
            take(this, counted(demand));
        }

        /**
         * Gives room back to this reservation.
         *
         * @param demand as it was taken
         */
        public void leave(Demand demand) {
            synchronized (MachineBudget.this) {
                used = used.minus(counted(demand));
                changed();
            }
        }

        private Demand counted(Demand demand) {
            return alone ? new Demand(demand.machines(), 0) : demand;
        }

        @Override
        public void close() {
            synchronized (MachineBudget.this) {
                closed = true;
                changed();
            }
        }

        private Demand holds() {
            return !taken ? Demand.NONE : closed ? used : total;
        }

        private boolean isOver() {
            return closed && used.equals(Demand.NONE);
        }

        @Override
        public String toString() {
            return "%s (%s)".formatted(purpose, machines(holds().machines()));
        }
    }

    /** Tells the other JVMs and the threads that wait what is held now. */
    private void changed() {
        held.removeIf(Room::isOver);
        publish();
        notifyAll();
    }

    private void publish() {
        ledger.publish(entry(firstInQueue().orElse(null)));
    }

    private Optional<Waiter> firstInQueue() {
        return queue.stream().filter(each -> !each.room.taken).findFirst();
    }

    private SharedLedger.Entry entry(@Nullable Waiter first) {
        return new SharedLedger.Entry(
                heldHere(), first == null ? SharedLedger.Entry.NOBODY : first.since(), purposes());
    }

    private Demand heldHere() {
        return held.stream().map(Room::holds).reduce(Demand.NONE, Demand::plus);
    }

    private List<String> purposes() {
        return held.stream().map(Room::toString).toList();
    }

    private synchronized void take(Room room, Demand demand) {
        Waiter waiter = new Waiter(room, demand, Thread.currentThread(), System.currentTimeMillis());
        long begun = System.nanoTime();
        long speakAfter = silence.toNanos();
        queue.addLast(waiter);
        try {
            while (!granted(waiter)) {
                long waited = System.nanoTime() - begun;
                if (isStuck(waiter)) {
                    throw new InfrastructureException(
                            ("%s cannot get its %s, because its own thread must first end what holds them: %s. A test"
                                            + " that joins a task lets its thread take up another test meanwhile; run"
                                            + " such tests one after the other, or raise sanboot.machines.")
                                    .formatted(room.purpose, machines(demand.machines()), holders()));
                }
                if (waited >= limits.timeout().toNanos()) {
                    throw new InfrastructureException(
                            "%s got no room for %s (%d MiB) within %s (sanboot.machineTimeout): %s."
                                    .formatted(
                                            room.purpose,
                                            machines(demand.machines()),
                                            demand.memoryMebibytes(),
                                            readable(limits.timeout()),
                                            holders()));
                }
                if (waited >= speakAfter) {
                    speakAfter = waited + SILENCE_AFTERWARDS.toNanos();
                    room.waiting.accept(
                            "waits for %s: %s".formatted(machines(wanted(waiter).machines()), holders()));
                }
                TimeUnit.NANOSECONDS.timedWait(
                        this,
                        Math.min(
                                Math.min(LOOK_AGAIN.toNanos(), limits.timeout().toNanos() - waited),
                                Math.max(1, speakAfter - waited)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Waiting for a free machine was interrupted.", e);
        } finally {
            queue.remove(waiter);
            changed();
        }
    }

    /** What a wait is for: all that was reserved, until that is taken. */
    private static Demand wanted(Waiter waiter) {
        return waiter.room.taken ? waiter.demand : waiter.room.total;
    }

    private boolean granted(Waiter waiter) {
        Room room = waiter.room;
        if (!room.taken) {
            if (firstInQueue().orElseThrow() != waiter || !takeFromAll(room, waiter)) {
                return false;
            }
            room.taken = true;
            held.add(room);
        }
        if (!room.used.plus(waiter.demand).fitsInto(room.total)) {
            return false;
        }
        room.used = room.used.plus(waiter.demand);
        return true;
    }

    private boolean takeFromAll(Room room, Waiter waiter) {
        Demand mine = heldHere();
        return ledger.transact(entry(waiter), others -> {
            boolean before = others.stream().anyMatch(other -> other.waitingSince() < waiter.since);
            Demand all = others.stream()
                    .map(SharedLedger.Entry::held)
                    .reduce(mine, Demand::plus)
                    .plus(room.total);
            if (before || !all.fitsInto(most)) {
                return null;
            }
            List<String> purposes =
                    Stream.concat(purposes().stream(), Stream.of(room.purpose)).toList();
            return new SharedLedger.Entry(mine.plus(room.total), SharedLedger.Entry.NOBODY, purposes);
        });
    }

    /**
     * Tells whether this wait has no end: nobody else has anything, and each thread that is to give something back waits
     * here itself. A thread that joins a task may take up another test, and wait in it for what it holds in the first.
     */
    private boolean isStuck(Waiter waiter) {
        Set<Thread> waiting = queue.stream().map(Waiter::thread).collect(Collectors.toSet());
        List<Room> inTheWay = waiter.room.taken
                ? List.of()
                : held.stream()
                        .filter(room -> !room.holds().equals(Demand.NONE))
                        .toList();
        return !inTheWay.isEmpty()
                && inTheWay.stream().allMatch(room -> !room.closed && waiting.contains(room.owner))
                && ledger.others().stream().allMatch(other -> other.held().equals(Demand.NONE));
    }

    private String holders() {
        String here = held.stream()
                .filter(room -> !room.holds().equals(Demand.NONE))
                .map(Room::toString)
                .collect(Collectors.joining(", "));
        String elsewhere = ledger.others().stream()
                .filter(other -> !other.held().equals(Demand.NONE))
                .map(other -> "another process: " + String.join(", ", other.purposes()))
                .collect(Collectors.joining("; "));
        String all = Stream.of(here, elsewhere).filter(text -> !text.isEmpty()).collect(Collectors.joining("; "));
        return "of %s and %s in all, %s"
                .formatted(
                        machines(limits.count()),
                        limits.memory(),
                        all.isEmpty() ? "none is held, and others came first" : "in use are " + all);
    }

    private static String machines(int number) {
        return number == 1 ? "1 machine" : number + " machines";
    }

    private static String readable(Duration time) {
        return time.toSeconds() < 120 ? "%.1f s".formatted(time.toMillis() / 1000.0) : time.toMinutes() + " min";
    }

    /** Forgets this JVM's part in the budget. */
    @Override
    public synchronized void close() {
        ledger.close();
    }
}
