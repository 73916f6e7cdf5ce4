package org.sanboot.lab.embedded;

import java.nio.file.Files;
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
import org.sanboot.lab.Demand;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.Reservation;
import org.sanboot.lab.Stay;
import org.sanboot.lab.budget.MachineBudget;
import org.sanboot.lab.provision.HostPool;
import org.sanboot.lab.provision.LocalHypervisor;
import org.sanboot.lab.provision.MachineChoice;
import org.sanboot.lab.provision.MachinePlan;
import org.sanboot.lab.provision.Provisioner;
import org.sanboot.lab.provision.ReservedHosts;
import org.sanboot.lab.provision.SharedNetworks;
import org.sanboot.process.Run;

/**
 * The lab that clones and exports disks in this JVM, and boots QEMU machines and leased hosts from them.
 *
 * <p>Thread-safe. Machines that are wanted together boot on threads of their own; everything else runs on the caller's.
 */
public final class EmbeddedLab implements Lab, MachineLifecycle.Listener {

    /** Build tools kill a JVM about 30 s after they have told it to end. */
    private static final Duration HOST_OFF_DEADLINE = Duration.ofSeconds(20);

    private final Run run;
    private final ImageCatalogue catalogue;
    private final FailureStore failures;
    private final Inventory inventory;
    private final @Nullable HostPool hosts;
    private final LocalHypervisor hypervisor;
    private final MachineBudget budget;
    private final Map<Integer, Runnable> rooms = new ConcurrentHashMap<>();
    private final Set<MachineLifecycle> stays = ConcurrentHashMap.newKeySet();
    private final LabTally tally = new LabTally();
    private final Housekeeping housekeeping = new Housekeeping();
    private final AtomicInteger machines = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    public EmbeddedLab(LabConfiguration configuration) {
        this.catalogue = new ImageCatalogue(configuration.home());
        this.inventory = configuration.inventory();
        this.failures = FailureStore.at(configuration.home())
                .withBackingReference(new ImageReferences(catalogue))
                .withRetention(configuration.retention())
                .withHousekeeper(housekeeping);
        this.run = Run.open(configuration.home().resolve("runs"));
        this.hypervisor = new LocalHypervisor(run, configuration.home());
        try {
            this.budget = new MachineBudget(configuration.home().resolve("budget"), configuration.machines());
            this.hosts = inventory.hosts().isEmpty() ? null : new HostPool(run, inventory, configuration.hostTimeout());
        } catch (RuntimeException e) {
            hypervisor.close();
            run.close();
            throw e;
        }
        run.beforeEnd(this::switchHostsOff);
    }

    @Override
    public Demand demand(HostRequest request) {
        return demand(plan(List.of(request)).get(0));
    }

    private static Demand demand(MachinePlan plan) {
        return plan.machine() instanceof MachineChoice.Virtual virtual
                ? new Demand(1, virtual.memoryMebibytes(plan.request()))
                : Demand.ofHost(((MachineChoice.Physical) plan.machine()).names());
    }

    @Override
    public Reservation reserve(String purpose, Demand most, Consumer<String> waiting) {
        return new Reserved(
                budget.reserve(purpose, most.ofThisComputer(), waiting),
                hosts == null ? null : hosts.reserve(purpose, most.hosts()));
    }

    /** Room here, and physical hosts; the hosts are taken first, so that who waits for one holds nobody's place. */
    private record Reserved(
            MachineBudget.Room room, @Nullable ReservedHosts hosts) implements Reservation {
        @Override
        public void close() {
            if (hosts != null) {
                hosts.close();
            }
            room.close();
        }
    }

    @Override
    public List<Stay> boot(List<HostRequest> requests, Reservation reservation) {
        if (closed.get()) {
            throw new IllegalStateException("the lab is closed");
        }
        if (!(reservation instanceof Reserved reserved)) {
            throw new IllegalArgumentException("the reservation is another lab's: " + reservation);
        }
        List<MachinePlan> plans = plan(requests);
        List<Boot> boots = boots(plans, reserved);
        housekeeping.rehearse(run.directory());
        return BootTogether.boot(boots, this::boot);
    }

    /** What is to be booted, and where. */
    private record Boot(MachinePlan plan, Provisioner provisioner) {}

    /** Takes all that is wanted before the first machine is made: hosts, which may take long, and then room here. */
    private List<Boot> boots(List<MachinePlan> plans, Reserved reserved) {
        List<MachinePlan> physical = plans.stream()
                .filter(plan -> plan.machine() instanceof MachineChoice.Physical)
                .toList();
        List<Provisioner> leased = hosts == null ? List.of() : leased(hosts, physical, reserved);
        try {
            enter(plans, reserved.room());
        } catch (RuntimeException e) {
            leased.forEach(Provisioner::release);
            throw e;
        }
        Iterator<Provisioner> hosts = leased.iterator();
        return plans.stream()
                .map(plan -> new Boot(
                        plan,
                        plan.machine() instanceof MachineChoice.Virtual virtual
                                ? hypervisor.provision(plan, virtual)
                                : hosts.next()))
                .toList();
    }

    private static List<Provisioner> leased(HostPool hosts, List<MachinePlan> plans, Reserved reserved) {
        return hosts.lease(plans, Objects.requireNonNull(reserved.hosts()));
    }

    private void enter(List<MachinePlan> plans, MachineBudget.Room room) {
        Demand together =
                plans.stream().map(plan -> demand(plan).ofThisComputer()).reduce(Demand.NONE, Demand::plus);
        if (!together.equals(Demand.NONE)) {
            room.enter(together);
            plans.forEach(plan ->
                    rooms.put(plan.number(), () -> room.leave(demand(plan).ofThisComputer())));
        }
    }

    /** Finds every mistake in the requests before anything is started. */
    private List<MachinePlan> plan(List<HostRequest> requests) {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("at least one request is needed");
        }
        SharedNetworks networks = new SharedNetworks(requests);
        return requests.stream()
                .map(request ->
                        MachinePlan.of(request, catalogue, failures, inventory, machines.incrementAndGet(), networks))
                .toList();
    }

    private Stay boot(Boot boot) {
        MachineLifecycle stay;
        try {
            stay = new MachineLifecycle(
                    run,
                    failures,
                    tally,
                    this,
                    catalogue.use(boot.plan().image().name()),
                    boot.plan(),
                    boot.provisioner());
        } catch (RuntimeException e) {
            boot.provisioner().release();
            machineFreed(boot.plan());
            throw e;
        }
        stays.add(stay);
        stay.boot();
        return stay;
    }

    /** Called by each stay as soon as its machine is off; calling again does nothing. */
    void machineFreed(MachinePlan plan) {
        Runnable leave = rooms.remove(plan.number());
        if (leave != null) {
            leave.run();
        }
    }

    @Override
    public void machineIsOff(MachinePlan plan) {
        machineFreed(plan);
    }

    @Override
    public void isDecided(MachineLifecycle machine) {
        stays.remove(machine);
    }

    /** Nothing that happens to this JVM switches a physical host off, but this; all at once, for there is little time. */
    private void switchHostsOff() {
        if (hosts != null) {
            hosts.endReservations();
        }
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
    public void whenInterrupted(Consumer<List<Failure>> listener) {
        run.whenRescued(places -> listener.accept(
                places.stream().flatMap(place -> failures.in(place).stream()).toList()));
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
        List.copyOf(stays).forEach(MachineLifecycle::discard);
        if (hosts != null) {
            hosts.close();
        }
        hypervisor.close();
        budget.close();
        housekeeping.close();
        failures.runEnded(run.name());
        run.close();
    }
}
