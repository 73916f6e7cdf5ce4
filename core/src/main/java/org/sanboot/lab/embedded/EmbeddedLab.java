package org.sanboot.lab.embedded;

import java.nio.file.Files;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.Stay;
import org.sanboot.lab.provision.HostPool;
import org.sanboot.lab.provision.LocalHypervisor;
import org.sanboot.lab.provision.MachineChoice;
import org.sanboot.lab.provision.MachinePlan;
import org.sanboot.lab.provision.Provisioner;
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

    private final LabConfiguration configuration;
    private final Run run;
    private final ImageCatalogue catalogue;
    private final FailureStore failures;
    private final Inventory inventory;
    private final @Nullable HostPool hosts;
    private final LocalHypervisor hypervisor;
    private final Semaphore budget;
    private final Set<MachineLifecycle> stays = ConcurrentHashMap.newKeySet();
    private final LabTally tally = new LabTally();
    private final Housekeeping housekeeping = new Housekeeping();
    private final AtomicInteger machines = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    public EmbeddedLab(LabConfiguration configuration) {
        this.configuration = configuration;
        this.catalogue = new ImageCatalogue(configuration.home());
        this.inventory = configuration.inventory();
        this.failures = FailureStore.at(configuration.home())
                .withBackingReference(new ImageReferences(catalogue))
                .withRetention(configuration.retention())
                .withHousekeeper(housekeeping);
        this.run = Run.open(configuration.home().resolve("runs"));
        this.hypervisor = new LocalHypervisor(run, configuration.home());
        // Fair, because a test that wants two machines must not starve behind tests that want one.
        this.budget = new Semaphore(configuration.maximumMachines(), true);
        try {
            this.hosts = inventory.hosts().isEmpty() ? null : new HostPool(run, inventory, configuration.hostTimeout());
        } catch (RuntimeException e) {
            hypervisor.close();
            run.close();
            throw e;
        }
        run.beforeEnd(this::switchHostsOff);
    }

    @Override
    public List<Stay> boot(List<HostRequest> requests) {
        if (closed.get()) {
            throw new IllegalStateException("the lab is closed");
        }
        List<MachinePlan> plans = plan(requests);
        acquire(plans.size());
        housekeeping.rehearse(run.directory());
        return BootTogether.boot(provision(plans), this::boot);
    }

    /** What is to be booted, and where. */
    private record Boot(MachinePlan plan, Provisioner provisioner) {}

    /** Takes all hosts that are wanted before the first machine of any kind is made. */
    private List<Boot> provision(List<MachinePlan> plans) {
        List<MachinePlan> physical = plans.stream()
                .filter(plan -> plan.machine() instanceof MachineChoice.Physical)
                .toList();
        try {
            Iterator<Provisioner> leased = physical.isEmpty()
                    ? Collections.emptyIterator()
                    : Objects.requireNonNull(hosts).lease(physical).iterator();
            return plans.stream()
                    .map(plan -> new Boot(
                            plan,
                            plan.machine() instanceof MachineChoice.Virtual virtual
                                    ? hypervisor.provision(plan, virtual)
                                    : leased.next()))
                    .toList();
        } catch (RuntimeException e) {
            budget.release(plans.size());
            throw e;
        }
    }

    /** Finds every mistake in the requests before anything is started. */
    private List<MachinePlan> plan(List<HostRequest> requests) {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("at least one request is needed");
        }
        if (requests.size() > configuration.maximumMachines()) {
            throw new ConfigurationException(
                    "%d machines are wanted at once, but the budget is %d; raise it with sanboot.machines."
                            .formatted(requests.size(), configuration.maximumMachines()));
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
            budget.release();
            throw e;
        }
        stays.add(stay);
        stay.boot();
        return stay;
    }

    private void acquire(int machines) {
        try {
            budget.acquire(machines);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Waiting for a free machine was interrupted.", e);
        }
    }

    @Override
    public void machineIsOff() {
        budget.release();
    }

    @Override
    public void isDecided(MachineLifecycle machine) {
        stays.remove(machine);
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
        List.copyOf(stays).forEach(MachineLifecycle::discard);
        if (hosts != null) {
            hosts.close();
        }
        hypervisor.close();
        housekeeping.close();
        failures.runEnded(run.name());
        run.close();
    }
}
