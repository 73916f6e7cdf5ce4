package org.sanboot.junit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Crash;
import org.sanboot.lab.Demand;
import org.sanboot.lab.GuestAccess;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.MachineLimits;
import org.sanboot.lab.Reservation;
import org.sanboot.lab.Stay;
import org.sanboot.lab.budget.MachineBudget;

/**
 * A lab without machines that writes down what is asked of it.
 *
 * <p>An image decides what happens: {@code dead} does not boot, {@code unknown} is not in the catalogue, {@code full}
 * cannot be kept, {@code kept-late} is kept
 * when a second machine has booted, {@code slow-evidence} is
 * captured when three tests were interrupted, {@code shaky} boots for each purpose at the second attempt. What a test runs on its host is an event; {@code break} breaks the lab under it,
 * {@code crash} crashes the guest, {@code power cut} switches it.
 */
final class FakeLab implements Lab {

    private final MachineBudget budget;
    private volatile Path failures = Path.of("/failures");
    private final List<String> events = new CopyOnWriteArrayList<>();
    private final List<String> setAside = new CopyOnWriteArrayList<>();
    private final List<HostRequest> requests = new CopyOnWriteArrayList<>();
    private final List<FailureDescription> descriptions = new CopyOnWriteArrayList<>();
    private final Set<String> shaken = ConcurrentHashMap.newKeySet();
    private final AtomicInteger boots = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger mostRunning = new AtomicInteger();

    private final CountDownLatch twoBoots = new CountDownLatch(2);
    private final CountDownLatch interrupted = new CountDownLatch(3);

    FakeLab(int machines) {
        try {
            Path directory = Files.createTempDirectory("sanboot-budget");
            budget = new MachineBudget(
                    directory, new MachineLimits(machines, ByteSize.parse("1T"), Duration.ofSeconds(20)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns what happened, in order: a verb and the host, which is numbered in the order of the boots. */
    List<String> events() {
        return List.copyOf(events);
    }

    /** Returns whose disks were set aside while their machines ran on, and for which test. */
    List<String> setAside() {
        return List.copyOf(setAside);
    }

    List<HostRequest> requests() {
        return List.copyOf(requests);
    }

    List<FailureDescription> descriptions() {
        return List.copyOf(descriptions);
    }

    int mostRunning() {
        return mostRunning.get();
    }

    @Override
    public void whenInterrupted(Consumer<List<Failure>> listener) {
        // Nobody ends this one from outside.
    }

    @Override
    public Demand demand(HostRequest request) {
        return request.machine().equals("rack") ? Demand.NONE : new Demand(1, request.memoryMebibytes());
    }

    @Override
    public Reservation reserve(String purpose, Demand most, Consumer<String> waiting) {
        return budget.reserve(purpose, most, waiting);
    }

    @Override
    public List<Stay> boot(List<HostRequest> wanted, Reservation reservation) {
        requests.addAll(wanted);
        MachineBudget.Room room = (MachineBudget.Room) reservation;
        Demand all = wanted.stream().map(this::demand).reduce(Demand.NONE, Demand::plus);
        room.enter(all);
        List<Stay> stays = new ArrayList<>();
        for (HostRequest request : wanted) {
            switch (request.image()) {
                case "dead" -> {
                    room.leave(all);
                    events.add("dead " + request.name());
                    request.bootFailed().accept(new FakeStay(request, request.name() + "#dead", room));
                    throw new BootFailedException("no firmware login; check the network boot", null, failure("dead"));
                }
                case "shaky" -> {
                    if (shaken.add(request.purpose())) {
                        room.leave(all);
                        events.add("dead " + request.name());
                        throw new BootFailedException("no first read.", null, failure("shaky"));
                    }
                    stays.add(ready(request, room));
                }
                case "unknown" -> {
                    room.leave(all);
                    throw new ConfigurationException("There is no image 'unknown' in the catalogue.");
                }
                default -> stays.add(ready(request, room));
            }
        }
        return stays;
    }

    private Stay ready(HostRequest request, MachineBudget.Room room) {
        FakeStay stay = new FakeStay(request, request.name() + "#" + boots.incrementAndGet(), room);
        mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
        events.add("boot " + stay.label);
        twoBoots.countDown();
        request.progress()
                .accept(new BootProgress(
                        request.name(), request.image(), BootStage.GUEST_READY, Duration.ofMillis(9840)));
        return stay;
    }

    private void awaitTwoBoots() {
        try {
            if (!twoBoots.await(10, TimeUnit.SECONDS)) {
                events.add("only one booted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitThreeInterrupts() {
        try {
            if (!interrupted.await(10, TimeUnit.SECONDS)) {
                events.add("only some were interrupted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Has failures where there really are files. */
    void keepIn(Path directory) {
        failures = directory;
    }

    private Failure failure(String id) {
        Path directory = failures.resolve(id);
        return new Failure(id, directory, directory.resolve("disk.qcow2"));
    }

    @Override
    public void markFlaky(Failure failure) {
        events.add("flaky " + failure.id());
    }

    @Override
    public LabSummary summary() {
        return new LabSummary(
                boots.get(),
                0,
                boots.get(),
                Duration.ofSeconds(10).multipliedBy(boots.get()),
                Duration.ofSeconds(3),
                Duration.ofMillis(120),
                Duration.ZERO,
                descriptions.size(),
                0,
                new ByteSize(3 << 20));
    }

    @Override
    public void close() {
        events.add("close");
        budget.close();
    }

    private final class FakeStay implements Stay {

        private final HostRequest request;
        private final String label;
        private final MachineBudget.Room room;
        private volatile boolean broken;
        private final BootedHost host = makeHost();
        private volatile @Nullable Crash crash;
        private volatile boolean ended;

        FakeStay(HostRequest request, String label, MachineBudget.Room room) {
            this.request = request;
            this.label = label;
            this.room = room;
        }

        @Override
        public BootedHost host() {
            return host;
        }

        private BootedHost makeHost() {
            return (BootedHost) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {BootedHost.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "name" -> request.name();
                        case "image" -> request.image();
                        case "stages" -> Map.of(BootStage.GUEST_READY, Duration.ofMillis(9840));
                        case "toString" -> label;
                        case "disk" -> disk();
                        case "run" -> run((String) arguments[0]);
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }

        private Object run(String command) {
            broken |= command.equals("break");
            if (command.equals("crash")) {
                crash = new Crash("the guest panicked: Attempted to kill init!", Instant.EPOCH);
            } else if (command.equals("power cut")) {
                crash = null;
            }
            events.add(label + " " + command);
            // After its event: who waits for it adds the next one.
            if (command.equals("interrupted")) {
                interrupted.countDown();
            }
            return null;
        }

        private BootedHost.Disk disk() {
            return (BootedHost.Disk) Proxy.newProxyInstance(
                    getClass().getClassLoader(),
                    new Class<?>[] {BootedHost.Disk.class},
                    (proxy, method, arguments) -> new BootedHost.Disk.Statistics(812, 33 << 20, 1, 4096, 1, 2));
        }

        @Override
        public GuestAccess access() {
            events.add("open " + label);
            return new GuestAccess() {
                @Override
                public List<String> commands() {
                    return broken ? List.of() : List.of("ssh       ssh root@" + label);
                }

                @Override
                public void close() {
                    events.add("shut " + label);
                }
            };
        }

        @Override
        public void witness(Throwable failure) {
            if (request.image().equals("slow-evidence")) {
                awaitThreeInterrupts();
            }
            if (Thread.currentThread().isInterrupted()) {
                events.add("spoilt by an interrupt");
            }
            events.add("witness " + label);
        }

        @Override
        public void testFailed(String displayName, Throwable failure) {
            setAside.add("%s for %s: %s".formatted(label, displayName, failure.getMessage()));
        }

        @Override
        public void end() {
            if (!ended) {
                ended = true;
                running.decrementAndGet();
                room.leave(demand(request));
                events.add("end " + label);
            }
        }

        @Override
        public Failure keep(FailureDescription description) {
            end();
            if (request.image().equals("full")) {
                throw new InfrastructureException("No space left to keep a failure.");
            }
            if (Thread.currentThread().isInterrupted()) {
                events.add("spoilt by an interrupt");
            }
            if (request.image().equals("kept-late")) {
                awaitTwoBoots();
            }
            descriptions.add(description);
            events.add("keep " + label);
            return failure(label);
        }

        @Override
        public Path sealedDisk() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void discard() {
            end();
            events.add("discard " + label);
        }

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public Optional<Crash> crash() {
            return Optional.ofNullable(crash);
        }

        @Override
        public Optional<String> labTrouble() {
            return broken ? Optional.of("QEMU died: out of memory.") : Optional.empty();
        }
    }
}
