package org.sanboot.lab;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.machine.qemu.Acceleration;
import org.sanboot.process.Run;

/**
 * The lab that clones and exports disks in this JVM, and boots QEMU machines from them.
 *
 * <p>Thread-safe. Machines that are wanted together boot on threads of their own; everything else runs on the caller's.
 */
final class EmbeddedLab implements Lab {

    private final LabConfiguration configuration;
    private final Run run;
    private final ImageCatalogue catalogue;
    private final FailureStore failures;
    private final IscsiServer target;
    private final Semaphore budget;
    private final Set<HostStay> stays = ConcurrentHashMap.newKeySet();
    private final LabTally tally = new LabTally();
    private final AtomicInteger machines = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    EmbeddedLab(LabConfiguration configuration) {
        this.configuration = configuration;
        this.catalogue = new ImageCatalogue(configuration.home());
        this.failures = FailureStore.at(configuration.home()).withBackingReference(catalogue::retain);
        this.run = Run.open(configuration.home().resolve("runs"));
        this.target = IscsiServer.start(IscsiServerConfiguration.loopback());
        // Fair, because a test that wants two machines must not starve behind tests that want one.
        this.budget = new Semaphore(configuration.maximumMachines(), true);
    }

    @Override
    public List<Stay> boot(List<HostRequest> requests) {
        if (closed.get()) {
            throw new IllegalStateException("the lab is closed");
        }
        List<HostPlan> plans = plan(requests);
        acquire(plans.size());
        return BootTogether.boot(plans, this::boot);
    }

    /** Finds every mistake in the requests before anything is started. */
    private List<HostPlan> plan(List<HostRequest> requests) {
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
                .map(request -> HostPlan.of(request, catalogue, failures, machines.incrementAndGet(), networks))
                .toList();
    }

    private Stay boot(HostPlan plan) {
        HostStay stay = new HostStay(this, plan);
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

    /** Called once by each stay, as soon as its machine is off. */
    void machineFreed() {
        budget.release();
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
        target.close();
        run.close();
    }
}
