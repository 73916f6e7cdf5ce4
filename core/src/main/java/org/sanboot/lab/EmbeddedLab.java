package org.sanboot.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
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
    private final ExecutorService boots = Executors.newCachedThreadPool(EmbeddedLab::bootThread);
    private final Set<HostStay> stays = ConcurrentHashMap.newKeySet();
    private final LabTally tally = new LabTally();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    EmbeddedLab(LabConfiguration configuration) {
        this.configuration = configuration;
        this.catalogue = ImageCatalogue.at(configuration.home());
        this.failures = FailureStore.at(configuration.home());
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
        acquire(requests.size());
        List<HostStay> booting = new ArrayList<>();
        try {
            for (HostPlan plan : plans) {
                HostStay stay = new HostStay(this, plan);
                stays.add(stay);
                booting.add(stay);
            }
        } catch (RuntimeException e) {
            booting.forEach(HostStay::discard);
            budget.release(requests.size() - booting.size());
            throw e;
        }
        return bootTogether(booting);
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
        Acceleration acceleration = Acceleration.proven(run, configuration.home());
        String scope = run.name() + "-" + calls.incrementAndGet();
        return requests.stream()
                .map(request -> HostPlan.of(request, catalogue, failures, acceleration, scope))
                .toList();
    }

    private List<Stay> bootTogether(List<HostStay> booting) {
        List<Future<?>> pending = new ArrayList<>();
        for (HostStay stay : booting) {
            pending.add(boots.submit(stay::boot));
        }
        try {
            for (Future<?> boot : pending) {
                boot.get();
            }
            return List.copyOf(booting);
        } catch (ExecutionException e) {
            abandon(booting, pending);
            throw rethrown(e.getCause());
        } catch (InterruptedException e) {
            abandon(booting, pending);
            Thread.currentThread().interrupt();
            throw new InfrastructureException("The boot of %s was interrupted.".formatted(booting), e);
        }
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
    }

    private static void abandon(List<HostStay> booting, List<Future<?>> pending) {
        pending.forEach(boot -> boot.cancel(true));
        booting.forEach(HostStay::discard);
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

    Run run() {
        return run;
    }

    IscsiServer target() {
        return target;
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

    @Override
    public LabSummary summary() {
        return tally.summary();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List.copyOf(stays).forEach(HostStay::discard);
        boots.shutdownNow();
        target.close();
        run.close();
    }

    private static Thread bootThread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-boot");
        thread.setDaemon(true);
        return thread;
    }
}
