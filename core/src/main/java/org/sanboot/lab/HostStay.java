package org.sanboot.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.block.BlockIoException;
import org.sanboot.boot.IpxeScript;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.guest.Guest;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.machine.Machine;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.machine.physical.PhysicalMachine;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.FileTrees;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One machine with its disk and its guest, from the clone to the verdict.
 *
 * <p>The target's and the machine's threads report what they see. Ending and deciding hold the monitor; booting does not,
 * so that a boot that hangs can be ended.
 */
final class HostStay implements Stay, SessionObserver, MachineListener {

    private static final Logger LOGGER = LoggerFactory.getLogger(HostStay.class);

    private final EmbeddedLab lab;
    private final HostPlan plan;
    private final Site site;
    private final BootWatch watch;
    private final Path directory;
    private final HostDisk disk;
    private final Machine machine;
    private final Guest guest;
    private final StayHost host;
    private final Witness witness;
    private final AtomicReference<@Nullable String> labTrouble = new AtomicReference<>();

    private volatile @Nullable Instant ready;
    private volatile boolean offByGuest;
    private boolean ended;
    private boolean decided;
    private @Nullable Failure kept;

    HostStay(EmbeddedLab lab, HostPlan plan, Site site) {
        this.lab = lab;
        this.plan = plan;
        this.site = site;
        this.watch = new BootWatch(plan.request(), site.label(), site.scriptTimeout(), System::nanoTime);
        String name = plan.request().name() + "-" + plan.number();
        this.directory = lab.run().directory().resolve(name);
        makeDirectory(directory);
        this.disk = new HostDisk(lab, plan, site, directory, this::isOn, this);
        try {
            IpxeScript script = site.script(disk);
            this.machine = site.machine(name, script);
            this.guest = HostParts.guest(plan, machine);
            this.witness = new Witness(plan, site, watch, disk, machine, guest, script, directory);
        } catch (RuntimeException e) {
            disk.close();
            throw e;
        }
        this.host = new StayHost(plan, site, watch, disk, machine, guest);
        machine.addListener(this);
        var unused = machine.console().listen(new ConsoleAlarm(watch::brokeDown));
        lab.tally().cloned();
        watch.reached(BootStage.CLONED);
    }

    private static void makeDirectory(Path directory) {
        try {
            Files.createDirectory(directory);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot make a directory for a machine: " + e, e);
        }
    }

    private boolean isOn() {
        return machine.isOn();
    }

    /** Boots until the guest is ready; when it does not become so, everything is ended and what it left is kept. */
    void boot() {
        try {
            if (!resumed()) {
                machine.powerOn();
                host.awaitReady();
            }
            lab.tally().booted(watch.stages().getOrDefault(BootStage.GUEST_READY, Duration.ZERO));
            saveForOthers();
            ready = Instant.now();
            site.booted();
        } catch (SanbootException e) {
            lab.tally().bootFailed(watch.elapsed());
            throw Thread.currentThread().isInterrupted() ? abandoned(e) : keptAfter(e);
        } catch (RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    /** Goes on from a saved machine, if there is one; when that fails, everything is as if it had not been tried. */
    private boolean resumed() {
        WarmStart warm = site.warm();
        Set<Long> sessions = warm == null ? null : warm.sessions();
        if (warm == null || sessions == null || !(machine instanceof QemuMachine virtual)) {
            if (warm == null && plan.request().start() == Start.WARM) {
                watch.remark("cold start, because " + WarmStarts.obstacle(plan).orElseThrow());
            }
            return false;
        }
        try {
            watch.resuming(sessions);
            virtual.resume(warm.memory());
            guest.awaitReady(BootWatch.RESUME_TIMEOUT, watch::hopeless);
            guest.resumed(BootWatch.RESUME_TIMEOUT);
            watch.await(BootStage.OPERATING_SYSTEM_LOGIN).ifPresent(why -> {
                throw new InfrastructureException("it did not log in to the target again, and " + why);
            });
            watch.reached(BootStage.GUEST_READY);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while a machine was resumed.", e);
        } catch (InfrastructureException | TestException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw e;
            }
            warm.spoil();
            virtual.powerCut();
            guest.disconnect();
            disk.startOver();
            watch.begin();
            watch.remark("cold start, because it did not go on from what was saved: " + e.getMessage());
            return false;
        }
    }

    /** Saves the machine as it is now, if it is the first of its kind; one that cannot be saved goes on all the same. */
    private void saveForOthers() {
        WarmStart warm = site.warm();
        if (warm == null || !warm.isEmpty() || !(machine instanceof QemuMachine virtual)) {
            return;
        }
        // Its end belongs to us, and would be an open connection for ever in those that go on from here.
        guest.disconnect();
        virtual.save(warm.memory(), () -> disk.save(warm.disk()))
                .ifPresentOrElse(
                        why -> watch.remark("not saved for warm starts: " + why), () -> warm.saved(watch.isids()));
    }

    private SanbootException abandoned(SanbootException failure) {
        discard();
        return failure;
    }

    /** Keeps what a failed boot left, and says so in the error. */
    private SanbootException keptAfter(SanbootException failure) {
        boolean mistake = failure instanceof ConfigurationException;
        try {
            if (!mistake) {
                blameHost(failure);
            }
            witness(failure);
            plan.request().bootFailed().accept(this);
            Failure bundle = keep(new FailureDescription(
                    plan.request().purpose(),
                    plan.request().purpose(),
                    mistake ? Kind.CONFIGURATION : Kind.INFRASTRUCTURE,
                    failure));
            String message = failure.getMessage()
                    + plan.doubt().map(doubt -> "\n" + doubt).orElse("") + "\nWhat it left is kept:\n"
                    + bundle.directory() + "\n"
                    + String.join("\n", bundle.commands());
            return mistake
                    ? new ConfigurationException(message, failure)
                    : new BootFailedException(message, failure, bundle);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            discard();
            return failure;
        }
    }

    /** Once the guest's initiator has logged in, what goes wrong is the image's and not the host's. */
    private void blameHost(SanbootException failure) {
        if (!watch.stages().containsKey(BootStage.OPERATING_SYSTEM_LOGIN)) {
            site.bootFailed(
                    String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
        }
    }

    @Override
    public BootedHost host() {
        return host;
    }

    @Override
    public void witness(Throwable failure) {
        witness.capture(ready != null);
    }

    @Override
    public Access access() {
        return HostAccess.to(machine, host, lab.run().socketDirectory());
    }

    @Override
    public synchronized void end() {
        if (ended) {
            return;
        }
        ended = true;
        Instant begin = Instant.now();
        try {
            witness.end();
            guest.close();
            switchOff();
            // Only when the machine is off for sure: a write that comes later would be lost from what is kept.
            disk.close();
        } finally {
            site.free();
            lab.machineFreed(plan);
            Instant from = ready == null ? begin : ready;
            Duration witnessing = witness.took();
            lab.tally().ended(Duration.between(from, begin).minus(witnessing), Duration.between(begin, Instant.now()));
            lab.tally().witnessed(witnessing);
        }
    }

    /** A host that does not go off loses its disk a moment later all the same, and is nobody's until a person has seen it. */
    private void switchOff() {
        try {
            if (!site.isOurs() && machine instanceof PhysicalMachine taken) {
                taken.relinquish();
            }
            machine.close();
        } catch (InfrastructureException e) {
            site.stuck(e);
            trouble(String.valueOf(e.getMessage()));
        }
    }

    /** Switches a physical host off at the end of the JVM, which takes its disk away; QEMU ends with the run. */
    void switchOffHost() {
        if (site instanceof LeasedSite) {
            switchOff();
            site.free();
        }
    }

    @Override
    public synchronized Failure keep(FailureDescription description) {
        if (kept != null) {
            return kept;
        }
        end();
        Instant begin = Instant.now();
        kept = lab.failures().keep(description, witness.evidence(lab.name(), ready));
        lab.tally().kept(kept, Duration.between(begin, Instant.now()));
        decide();
        return kept;
    }

    @Override
    public synchronized Path sealedDisk() {
        end();
        if (!offByGuest) {
            throw new InfrastructureException(
                    "The disk of %s is not complete: its guest did not switch the machine off in good order%s."
                            .formatted(
                                    plan.request().name(),
                                    labTrouble().map(why -> " (" + why + ")").orElse("")));
        }
        return disk.standalone();
    }

    @Override
    public synchronized void discard() {
        end();
        decide();
    }

    private void decide() {
        if (!decided) {
            decided = true;
            lab.decided(this);
            try {
                FileTrees.delete(directory);
            } catch (IOException e) {
                // What is left goes with the run's whole directory.
                LOGGER.debug("Cannot delete {}", directory, e);
            }
        }
    }

    @Override
    public Optional<String> labTrouble() {
        return Optional.ofNullable(labTrouble.get());
    }

    @Override
    public Optional<String> trouble() {
        return watch.trouble();
    }

    private void trouble(String what) {
        labTrouble.compareAndSet(null, what);
        watch.brokeDown(what);
    }

    @Override
    public void loggedIn(SessionInfo session) {
        watch.loggedIn(session.isid());
    }

    @Override
    public void firstRead(SessionInfo session) {
        // A guest that went on from a saved state reads as well, which is no stage of a boot.
        if (!watch.stages().containsKey(BootStage.RESUMED)) {
            watch.reached(BootStage.FIRST_READ);
        }
    }

    @Override
    public void deviceFailed(BlockIoException failure) {
        trouble("the disk of %s failed: %s".formatted(plan.request().name(), failure.getMessage()));
    }

    @Override
    public void poweredOn() {
        offByGuest = false;
        watch.poweredOn();
    }

    @Override
    public void wasReset() {
        watch.wasReset();
    }

    @Override
    public void networkBoot(NetworkBootStep step) {
        watch.reached(
                switch (step) {
                    case ADDRESS_REQUESTED -> BootStage.ADDRESS_REQUESTED;
                    case SCRIPT_FETCHED -> BootStage.SCRIPT_FETCHED;
                    case SCRIPT_RUNNING -> BootStage.SCRIPT_RUNNING;
                });
    }

    @Override
    public void networkBootFailed(String why) {
        watch.setBack(why);
    }

    @Override
    public void poweredOff(boolean byGuest) {
        offByGuest = byGuest;
        if (byGuest) {
            watch.brokeDown("the guest switched the machine off");
        }
    }

    @Override
    public void guestPanicked(String what) {
        witness.panicked(what);
        watch.brokeDown("the guest panicked: " + what);
    }

    @Override
    public void died(String why) {
        trouble(why);
    }
}
