package org.sanboot.lab.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
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
import org.sanboot.evidence.FailureStore;
import org.sanboot.guest.Guest;
import org.sanboot.image.ImageHold;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Crash;
import org.sanboot.lab.GuestAccess;
import org.sanboot.lab.Start;
import org.sanboot.lab.Stay;
import org.sanboot.lab.observation.BootWatch;
import org.sanboot.lab.observation.ConsoleAlarm;
import org.sanboot.lab.observation.CrashWatch;
import org.sanboot.lab.observation.EvidenceCollector;
import org.sanboot.lab.provision.GuestLogin;
import org.sanboot.lab.provision.HostDisk;
import org.sanboot.lab.provision.MachinePlan;
import org.sanboot.lab.provision.Provisioner;
import org.sanboot.lab.provision.WarmStart;
import org.sanboot.lab.provision.WarmStarts;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Machine;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.machine.physical.PhysicalMachine;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.FileTrees;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * One machine with its disk and its guest, from the clone to the verdict.
 *
 * <p>The target's and the machine's threads report what they see. Ending and deciding hold the monitor; booting does not,
 * so that a boot that hangs can be ended.
 */
final class MachineLifecycle implements Stay, SessionObserver, MachineListener, MachineControls.PowerWatch {

    private static final Logger LOGGER = Logging.logger(MachineLifecycle.class);

    /** Is told what becomes free. */
    interface Listener {

        /** Called once, as soon as the machine is off. */
        void machineIsOff(MachinePlan plan);

        /** Called once, when the disk is kept or gone. */
        void isDecided(MachineLifecycle machine);
    }

    private final Run run;
    private final FailureStore failures;
    private final LabTally tally;
    private final Listener listener;
    private final MachinePlan plan;
    private final Provisioner provisioner;
    private final BootWatch watch;
    private final CrashWatch crashes = new CrashWatch(InstantSource.system());
    private final ImageHold hold;
    private final Path directory;
    private final HostDisk disk;
    private final Machine machine;
    private final Guest guest;
    private final MachineControls host;
    private final JournaledHost journaled;
    private final EvidenceCollector witness;
    private final AtomicReference<@Nullable String> labTrouble = new AtomicReference<>();

    private volatile @Nullable Instant ready;
    private volatile boolean offByGuest;
    private boolean ended;
    private boolean decided;
    private @Nullable Failure kept;

    /**
     * Clones the disk and makes the machine.
     *
     * @param run that all ends with
     * @param failures where what failed is kept
     * @param hold on the image, until it is decided what becomes of the disk
     * @param provisioner makes the machine
     */
    MachineLifecycle(
            Run run,
            FailureStore failures,
            LabTally tally,
            Listener listener,
            ImageHold hold,
            MachinePlan plan,
            Provisioner provisioner) {
        this.run = run;
        this.failures = failures;
        this.tally = tally;
        this.listener = listener;
        this.plan = plan;
        this.provisioner = provisioner;
        this.hold = hold;
        this.watch = new BootWatch(plan.request(), provisioner.label(), provisioner.scriptTimeout(), System::nanoTime);
        String name = plan.request().name() + "-" + plan.number();
        this.directory = run.directory().resolve(name);
        try {
            makeDirectory(directory);
        } catch (InfrastructureException e) {
            hold.close();
            throw e;
        }
        this.disk = new HostDisk(run, hold, plan, provisioner, directory, this::isOn, this::processId, this);
        try {
            IpxeScript script = provisioner.script(disk.initiator(), disk.target());
            this.machine = provisioner.machine(name, script);
            this.guest = GuestLogin.guest(plan, machine);
            this.witness = new EvidenceCollector(
                    plan, provisioner, watch, disk, machine, guest, script, directory, this::crashed);
        } catch (RuntimeException e) {
            disk.close();
            hold.close();
            throw e;
        }
        AttributedGuest attributed = new AttributedGuest(guest, () -> ready != null, this::labTrouble, watch);
        this.host = new MachineControls(plan, provisioner, watch, disk, machine, attributed, witness, this);
        this.journaled = new JournaledHost(host, witness.journal());
        machine.addListener(this);
        var unused = machine.console().listen(new ConsoleAlarm(this::alarmed));
        tally.cloned();
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

    private OptionalLong processId() {
        return machine instanceof QemuMachine virtual ? virtual.processId() : OptionalLong.empty();
    }

    /** Boots until the guest is ready; when it does not become so, everything is ended and what it left is kept. */
    void boot() {
        prepareForInterruption(Kind.INTERRUPTED, null);
        try {
            if (!resumed()) {
                machine.powerOn();
                host.awaitReady();
            }
            tally.booted(watch.stages().getOrDefault(BootStage.GUEST_READY, Duration.ZERO));
            saveForOthers();
            ready = Instant.now();
            crashes.guestIsReady();
            prepareForInterruption(Kind.INTERRUPTED, null);
            provisioner.booted();
        } catch (SanbootException e) {
            tally.bootFailed(watch.elapsed());
            throw Thread.currentThread().isInterrupted() ? abandoned(e) : keptAfter(e);
        } catch (RuntimeException | Error e) {
            discard();
            throw e;
        }
    }

    /** From here on the machine is kept as well when this JVM is killed; that it would not be is no reason to stop. */
    private void prepareForInterruption(Kind kind, @Nullable Throwable failure) {
        if (plan.request().disposable()) {
            return;
        }
        try {
            String purpose = plan.request().purpose();
            failures.prepare(new FailureDescription(purpose, purpose, kind, failure), witness.soFar(run.name(), ready));
        } catch (RuntimeException e) {
            LOGGER.warn(
                    "{} would be lost if this run were interrupted: {}",
                    plan.request().name(),
                    e.toString());
        }
    }

    private static Kind kindOf(Throwable failure) {
        if (failure instanceof InfrastructureException) {
            return Kind.INFRASTRUCTURE;
        }
        return failure instanceof ConfigurationException ? Kind.CONFIGURATION : Kind.TEST;
    }

    /** Goes on from a saved machine, if there is one; when that fails, everything is as if it had not been tried. */
    private boolean resumed() {
        WarmStart warm = provisioner.warm();
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
            guest.forgetHostKey();
            disk.startOver();
            watch.begin();
            watch.remark("cold start, because it did not go on from what was saved: " + e.getMessage());
            return false;
        }
    }

    /** Saves the machine as it is now, if it is the first of its kind; one that cannot be saved goes on all the same. */
    private void saveForOthers() {
        WarmStart warm = provisioner.warm();
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
            provisioner.bootFailed(
                    String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
        }
    }

    @Override
    public BootedHost host() {
        return journaled;
    }

    @Override
    public void witness(Throwable failure) {
        prepareForInterruption(kindOf(failure), failure);
        witness.capture(ready != null);
    }

    @Override
    public synchronized void testFailed(String displayName, Throwable failure) {
        if (!ended) {
            witness.testFailed(displayName, failure);
            prepareForInterruption(kindOf(failure), failure);
        }
    }

    @Override
    public GuestAccess access() {
        return LocalGuestAccess.to(machine, host, run.socketDirectory());
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
            provisioner.release();
            listener.machineIsOff(plan);
            tally.ended(ready, begin, Instant.now(), witness.took());
        }
    }

    /** A host that does not go off loses its disk a moment later all the same, and is nobody's until a person has seen it. */
    private void switchOff() {
        try {
            if (!provisioner.isOurs() && machine instanceof PhysicalMachine taken) {
                taken.relinquish();
            }
            machine.close();
        } catch (InfrastructureException e) {
            provisioner.stuck(e);
            trouble(String.valueOf(e.getMessage()));
        }
    }

    /** Switches a physical host off at the end of the JVM, which takes its disk away; QEMU ends with the run. */
    void switchOffHost() {
        if (provisioner.outlivesJvm()) {
            switchOff();
            provisioner.release();
        }
    }

    @Override
    public synchronized Failure keep(FailureDescription description) {
        if (kept != null) {
            return kept;
        }
        if (run.hasEnded()) {
            throw new InfrastructureException("The run was interrupted: %s is kept as it was then."
                    .formatted(plan.request().name()));
        }
        end();
        Instant begin = Instant.now();
        try {
            kept = failures.keep(description, witness.evidence(run.name(), ready));
        } catch (InfrastructureException e) {
            throw setAside(e);
        }
        tally.kept(kept, Duration.between(begin, Instant.now()));
        decide();
        return kept;
    }

    /** A disk that could not be kept must not go with the run: its whole directory is moved beside the runs. */
    private InfrastructureException setAside(InfrastructureException failure) {
        Path runs = Objects.requireNonNull(run.directory().getParent());
        Path aside = runs.resolveSibling("not-kept-%s-%s".formatted(run.name(), directory.getFileName()));
        try {
            if (Files.notExists(disk.path())) {
                return failure;
            }
            disk.makeMovable();
            hold.retain(aside.resolve(Objects.requireNonNull(disk.path().getFileName())));
            Files.move(directory, aside, StandardCopyOption.ATOMIC_MOVE);
            return new InfrastructureException(
                    "%s\nThe disk is now %s; make room, and move the directory away when it is not needed any more."
                            .formatted(
                                    failure.getMessage(),
                                    aside.resolve(disk.path().getFileName())),
                    failure);
        } catch (IOException | RuntimeException e) {
            failure.addSuppressed(e);
            return failure;
        }
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
        if (run.hasEnded()) {
            // An interrupted run ends machines under their tests; what it makes of them is not undone.
            return;
        }
        end();
        decide();
    }

    private void decide() {
        if (!decided) {
            decided = true;
            listener.isDecided(this);
            withdraw();
            // Not before: until now nothing else kept what the disk stands on.
            hold.close();
            try {
                FileTrees.delete(directory);
            } catch (IOException e) {
                // What is left goes with the run's whole directory.
                LOGGER.debug("Cannot delete {}", directory, e);
            }
        }
    }

    private void withdraw() {
        try {
            failures.withdraw(directory);
        } catch (RuntimeException e) {
            LOGGER.debug("{} is kept if this run is interrupted before it is deleted", directory, e);
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

    @Override
    public Optional<Crash> crash() {
        return crashes.crash();
    }

    private void alarmed(String what) {
        if (ConsoleAlarm.isCrash(what)) {
            crashed(what);
        } else {
            watch.brokeDown(what);
        }
    }

    private void crashed(String what) {
        crashes.saw(what);
        watch.brokeDown(what);
    }

    @Override
    public void switched() {
        crashes.forget();
    }

    @Override
    public void failed(InfrastructureException failure) {
        trouble("the power of %s could not be switched: %s"
                .formatted(plan.request().name(), failure.getMessage()));
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
        crashed("the guest panicked: " + what);
    }

    @Override
    public void died(String why) {
        trouble(why);
    }
}
