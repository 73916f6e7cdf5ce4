package org.sanboot.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.lab.budget.MachineBudget;
import org.sanboot.machine.qemu.Acceleration;
import org.sanboot.process.Run;

/**
 * The lab that clones and exports disks in this JVM, and boots QEMU machines and leased hosts from them.
 *
 * <p>Thread-safe. Machines that are wanted together boot on threads of their own; everything else runs on the caller's.
 */
final class EmbeddedLab implements Lab {

    /** Build tools kill a JVM about 30 s after they have told it to end. */
    private static final Duration HOST_OFF_DEADLINE = Duration.ofSeconds(20);

    private final LabConfiguration configuration;
    private final Run run;
    private final ImageCatalogue catalogue;
    private final FailureStore failures;
    private final IscsiServer target;
    private final Inventory inventory;
    private final @Nullable HostPool hosts;
    private final WarmStarts warmStarts;
    private final MachineBudget budget;
    private final Map<Integer, Runnable> rooms = new ConcurrentHashMap<>();
    private final Set<HostStay> stays = ConcurrentHashMap.newKeySet();
    private final LabTally tally = new LabTally();
    private final Housekeeping housekeeping = new Housekeeping();
    private final AtomicInteger machines = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    EmbeddedLab(LabConfiguration configuration) {
        this.configuration = configuration;
        this.catalogue = new ImageCatalogue(configuration.home());
        this.inventory = configuration.inventory();
        this.failures = FailureStore.at(configuration.home())
                .withBackingReference(catalogue::retain)
                .withRetention(configuration.retention())
                .withHousekeeper(housekeeping);
        this.run = Run.open(configuration.home().resolve("runs"));
        this.target = IscsiServer.start(IscsiServerConfiguration.loopback());
        this.warmStarts = new WarmStarts(run.directory());
        try {
            this.budget = new MachineBudget(configuration.home().resolve("budget"), configuration.machines());
            this.hosts = inventory.hosts().isEmpty() ? null : new HostPool(run, inventory, configuration.hostTimeout());
        } catch (RuntimeException e) {
            target.close();
            run.close();
            throw e;
        }
        run.beforeEnd(this::switchHostsOff);
    }

    @Override
    public Demand demand(HostRequest request) {
        return demand(plan(List.of(request)).get(0));
    }

    private static Demand demand(HostPlan plan) {
        return plan.machine() instanceof MachineChoice.Virtual virtual
                ? new Demand(1, virtual.memoryMebibytes(plan.request()))
                : Demand.NONE;
    }

    @Override
    public Reservation reserve(String purpose, Demand most, Consumer<String> waiting) {
        return budget.reserve(purpose, most, waiting);
    }

    @Override
    public List<Stay> boot(List<HostRequest> requests, Reservation reservation) {
        if (closed.get()) {
            throw new IllegalStateException("the lab is closed");
        }
        if (!(reservation instanceof MachineBudget.Room room)) {
            throw new IllegalArgumentException("the reservation is another lab's: " + reservation);
        }
        List<HostPlan> plans = plan(requests);
        List<Boot> boots = boots(plans, room);
        housekeeping.rehearse(run.directory());
        return BootTogether.boot(boots, this::boot);
    }

    /** What is to be booted, and where. */
    private record Boot(HostPlan plan, Site site) {}

    /** Takes all that is wanted before the first machine is made: hosts, which may take long, and then room here. */
    private List<Boot> boots(List<HostPlan> plans, MachineBudget.Room room) {
        List<HostPlan> physical = plans.stream()
                .filter(plan -> plan.machine() instanceof MachineChoice.Physical)
                .toList();
        List<Site> leased =
                physical.isEmpty() ? List.of() : Objects.requireNonNull(hosts).lease(physical);
        try {
            enter(plans, room);
        } catch (RuntimeException e) {
            leased.forEach(Site::free);
            throw e;
        }
        Iterator<Site> hosts = leased.iterator();
        return plans.stream()
                .map(plan -> new Boot(
                        plan,
                        plan.machine() instanceof MachineChoice.Virtual virtual
                                ? VirtualSite.of(this, plan, virtual)
                                : hosts.next()))
                .toList();
    }

    private void enter(List<HostPlan> plans, MachineBudget.Room room) {
        Demand together = plans.stream().map(EmbeddedLab::demand).reduce(Demand.NONE, Demand::plus);
        if (!together.equals(Demand.NONE)) {
            room.enter(together);
            plans.forEach(plan -> rooms.put(plan.number(), () -> room.leave(demand(plan))));
        }
    }

    /** Finds every mistake in the requests before anything is started. */
    private List<HostPlan> plan(List<HostRequest> requests) {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("at least one request is needed");
        }
        SharedNetworks networks = new SharedNetworks(requests);
        return requests.stream()
                .map(request ->
                        HostPlan.of(request, catalogue, failures, inventory, machines.incrementAndGet(), networks))
                .toList();
    }

    private Stay boot(Boot boot) {
        HostStay stay;
        try {
            stay = new HostStay(this, boot.plan(), boot.site());
        } catch (RuntimeException e) {
            boot.site().free();
            machineFreed(boot.plan());
            throw e;
        }
        stays.add(stay);
        stay.boot();
        return stay;
    }

    /** Called by each stay as soon as its machine is off; calling again does nothing. */
    void machineFreed(HostPlan plan) {
        Runnable leave = rooms.remove(plan.number());
        if (leave != null) {
            leave.run();
        }
    }

    /** Called once by each stay, when its disk is kept or gone. */
    void decided(HostStay stay) {
        stays.remove(stay);
    }

    /** Returns what this lab's run goes by, unique on this host. */
    String name() {
        return run.directory().getFileName().toString();
    }

    Run run() {
        return run;
    }

    IscsiServer target() {
        return target;
    }

    WarmStarts warmStarts() {
        return warmStarts;
    }

    Path home() {
        return configuration.home();
    }

    ImageCatalogue catalogue() {
        return catalogue;
    }

    FailureStore failures() {
        return failures;
    }

    LabTally tally() {
        return tally;
    }

    Acceleration acceleration() {
        return Acceleration.proven(run, configuration.home());
    }

    /** Nothing that happens to this JVM switches a physical host off, but this; all at once, for there is little time. */
    private void switchHostsOff() {
        List<Thread> switching = stays.stream()
                .map(stay -> new Thread(stay::switchOffHost, "sanboot-host-off"))
                .toList();
        switching.forEach(Thread::start);
        try {
            for (Thread thread : switching) {
                thread.join(HOST_OFF_DEADLINE.toMillis());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void markFlaky(Failure failure) {
        if (Files.exists(failure.disk())) {
            failures.markFlaky(failure);
        }
    }

    @Override
    public LabSummary summary() {
        return tally.summary(failures);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List.copyOf(stays).forEach(HostStay::discard);
        if (hosts != null) {
            hosts.close();
        }
        target.close();
        warmStarts.close();
        budget.close();
        housekeeping.close();
        run.close();
    }
}
