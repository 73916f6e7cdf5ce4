package org.sanboot.lab.observation;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.IpxeScript;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Journal;
import org.sanboot.evidence.Manifest;
import org.sanboot.guest.Guest;
import org.sanboot.image.GuestFamily;
import org.sanboot.iscsi.Trace;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.provision.HostDisk;
import org.sanboot.lab.provision.MachinePlan;
import org.sanboot.lab.provision.Provisioner;
import org.sanboot.lab.provision.WindowsSupport;
import org.sanboot.machine.Machine;
import org.sanboot.machine.ScreenText;

/**
 * Records what only a running machine can show, and hands it over as evidence once the machine is off.
 *
 * <p>Thread-safe. Nothing here may make a failure worse: what cannot be recorded is a remark in the evidence.
 */
public final class EvidenceCollector {

    private static final String GUEST_LOGS = "guest logs";
    private static final String COLLECTED = "collected files";

    private final MachinePlan plan;
    private final Provisioner provisioner;
    private final BootWatch watch;
    private final HostDisk disk;
    private final Machine machine;
    private final Guest guest;
    private final IpxeScript script;
    private final Path directory;
    private final ScreenRecorder screens;
    private final ConsoleRecorder console;
    private final Path memory;
    private final MachineSecrets secrets;
    private final Journal journal;
    private final Attachments attachments;
    private final CollectedFiles collected;
    private final Instant began = Instant.now();
    private final List<FailedTest> failedTests = new ArrayList<>();
    private final Map<String, String> remarks = new LinkedHashMap<>();
    private final Map<String, Duration> took = new LinkedHashMap<>();

    private GuestLogs guestLogs = GuestLogs.none();
    private volatile @Nullable String panic;
    private @Nullable Instant failedAt;
    private BootedHost.Disk.@Nullable Statistics statistics;

    public EvidenceCollector(
            MachinePlan plan,
            Provisioner provisioner,
            BootWatch watch,
            HostDisk disk,
            Machine machine,
            Guest guest,
            IpxeScript script,
            Path directory,
            Consumer<String> crashed) {
        this.plan = plan;
        this.provisioner = provisioner;
        this.watch = watch;
        this.disk = disk;
        this.machine = machine;
        this.guest = guest;
        this.script = script;
        this.directory = directory;
        this.secrets = new MachineSecrets(plan);
        this.console =
                new ConsoleRecorder(machine.console(), directory.resolve("console-times.log"), secrets::redaction);
        this.memory = directory.resolve("memory.elf");
        this.journal = Journal.in(directory, secrets::redaction);
        this.attachments = new Attachments(plan.request().name(), directory.resolve("attached"));
        this.collected = new CollectedFiles(plan.request().collect(), directory.resolve("collected"));
        this.screens = new ScreenRecorder(machine, directory.resolve("screens"));
        if (WindowsSupport.isFor(plan)) {
            screens.show(new StopScreen(crashed, ScreenText::in));
        }
    }

    /** Captures the screen, and the guest's own logs when its guest answers, once. */
    public synchronized void capture(boolean guestIsReady) {
        if (failedAt != null) {
            return;
        }
        failedAt = Instant.now();
        if (!machine.isOn()) {
            remarks.put("machine", "The machine was off at the instant of the failure.");
            return;
        }
        timed("screenshot", screens::captureNow);
        if (plan.request().memoryDump()) {
            timed("memory dump", this::dumpMemory);
        }
        // Who panicked does not answer; its disk is asked later.
        if (guestIsReady && watch.trouble().isEmpty()) {
            timed(
                    GUEST_LOGS,
                    () -> guestLogs = GuestLogs.fetch(guest, plan.image().family()));
            guestLogs.trouble().ifPresent(trouble -> remarks.put("guest", trouble));
            if (collected.areWanted() && !guestLogs.texts().isEmpty()) {
                timed(COLLECTED, () -> collected.fetch(guest, plan.image().family()));
            }
        }
    }

    private void timed(String what, Runnable action) {
        Instant began = Instant.now();
        action.run();
        took.merge(what, Duration.between(began, Instant.now()), Duration::plus);
    }

    /** Returns how long it took so far to gather the evidence. */
    public synchronized Duration took() {
        return took.values().stream().reduce(Duration.ZERO, Duration::plus);
    }

    /**
     * Notes what the machine itself saw, which says more than the console, where the same may have been seen first. Does
     * not wait for a capture that is under way, for it is the machine's thread that says it.
     */
    public void panicked(String what) {
        panic = what;
    }

    private void dumpMemory() {
        try {
            machine.dumpMemory(memory);
        } catch (InfrastructureException | IllegalStateException e) {
            remarks.put("memory", "The guest's memory could not be saved: " + e.getMessage());
        }
    }

    /**
     * Notes that a test failed on the machine, which runs on for others, and sets its disk aside as that test left it.
     *
     * @param displayName of the test, for people
     */
    public synchronized void testFailed(String displayName, Throwable thrown) {
        Instant at = Instant.now();
        Path sealed = null;
        try {
            sealed = disk.setAside();
        } catch (RuntimeException e) {
            remarks.put(
                    "disk of " + displayName,
                    "The disk could not be set aside as %s left it: %s".formatted(displayName, e.getMessage()));
        }
        failedTests.add(new FailedTest(displayName, at, thrown, sealed));
    }

    private synchronized void addFailedTests(Evidence.Builder evidence) {
        failedTests.forEach(test -> evidence.failedTest(test.displayName(), test.at(), test.thrown(), test.disk()));
    }

    private record FailedTest(
            String displayName,
            Instant at,
            Throwable thrown,
            @Nullable Path disk) {}

    /** Stops recording; called while the machine is still on. */
    public synchronized void end() {
        screens.close();
        console.close();
        journal.close();
        statistics = disk.statistics();
    }

    /** Returns what the test does to the machine; others write in it. */
    public Journal journal() {
        return journal;
    }

    /** Takes secrets that the test names out of all that is kept. */
    public void redact(List<String> named) {
        secrets.add(named);
    }

    /** Adds a file that the test names. */
    public void attach(Path file) {
        attachments.add(file);
    }

    /** Adds a text of the test's. */
    public void attach(String name, String content) {
        attachments.add(name, content);
    }

    /**
     * Returns everything that was recorded; the machine must be off and the disk closed. What may fail or takes its time is
     * gathered once the disk is sealed.
     */
    public Evidence evidence(String run, @Nullable Instant ready) {
        return basis(run)
                .whenSealed((kept, evidence) -> addFacts(evidence, ready))
                .whenSealed((kept, evidence) -> addRecords(evidence))
                .whenSealed((kept, evidence) -> attachments.addTo(evidence))
                .whenSealed((kept, evidence) -> addGuestLogs(kept, evidence))
                .whenSealed((kept, evidence) -> addCollected(kept, evidence))
                .whenSealed((kept, evidence) -> addTrace(evidence))
                .whenSealed((kept, evidence) -> {
                    took.forEach(evidence::took);
                    if (Files.exists(memory)) {
                        // Last, because a full disk drops the last evidence first.
                        evidence.file("memory.elf", memory);
                    }
                })
                .build();
    }

    /**
     * Returns what is known while the machine runs on, for the case that nobody is there to ask at its end. Its texts are still
     * being written.
     */
    public Evidence soFar(String run, @Nullable Instant ready) {
        Evidence.Builder evidence = basis(run);
        addFacts(evidence, ready);
        evidence.text("console.log", console.log());
        machine.records().forEach(evidence::text);
        return evidence.build();
    }

    private Evidence.Builder basis(String run) {
        var image = plan.image();
        Evidence.Builder basis = Evidence.of(
                        disk.path(), new Evidence.Image(image.name(), image.sha256(), image.disk()))
                .layers(disk.layers(), image.format().qemuName())
                .redaction(secrets.redaction())
                .run(run)
                .host(plan.request().name())
                .bootBegan(began)
                .journal(journal);
        addFailedTests(basis);
        return basis;
    }

    private synchronized void addFacts(Evidence.Builder evidence, @Nullable Instant ready) {
        provisioner.description().forEach(evidence::machine);
        watch.stages().forEach((stage, elapsed) -> evidence.stage(stage.title(), elapsed));
        if (ready != null) {
            evidence.testBegan(ready);
        }
        if (failedAt != null) {
            evidence.failedAt(failedAt);
        }
        if (statistics != null) {
            evidence.statistics(new Evidence.DiskStatistics(
                    statistics.reads(),
                    statistics.bytesRead(),
                    statistics.writes(),
                    statistics.bytesWritten(),
                    statistics.flushes(),
                    statistics.sessions()));
        }
        watch.trouble().ifPresent(trouble -> evidence.fact(Manifest.SEEN_FROM_OUTSIDE, trouble));
        provisioner.remark().ifPresent(evidence::remark);
        if (panic != null) {
            evidence.remark("The machine saw its guest panic: " + panic);
        }
        remarks.values().forEach(evidence::remark);
    }

    private synchronized void addRecords(Evidence.Builder evidence) {
        evidence.text("console.log", console.log());
        evidence.text("boot.ipxe", script.redacted());
        machine.records().forEach(evidence::text);
        screens.pictures().forEach(evidence::screenshot);
        guestLogs.texts().forEach(evidence::text);
    }

    private synchronized void addGuestLogs(Path sealed, Evidence.Builder evidence) {
        GuestFamily family = plan.image().family();
        if (guestLogs.texts().isEmpty() || family == GuestFamily.WINDOWS) {
            Path logs = directory.resolve("logs");
            timed(GUEST_LOGS, () -> OfflineLogs.addTo(evidence, sealed, family, logs));
        }
    }

    private synchronized void addCollected(Path sealed, Evidence.Builder evidence) {
        if (collected.areWanted()) {
            timed(COLLECTED, () -> collected.takeFrom(sealed));
            collected.addTo(evidence);
        }
    }

    private void addTrace(Evidence.Builder evidence) {
        List<Trace.Entry> trace = disk.traced();
        if (!trace.isEmpty()) {
            evidence.text("trace.csv", TraceReport.csv(trace));
            evidence.text("trace.svg", TraceReport.svg(trace));
        }
    }
}
