package org.sanboot.junit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Retention;
import org.sanboot.lab.Demand;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.MachineLimits;
import org.sanboot.lab.Reservation;
import org.sanboot.lab.Stay;
import org.sanboot.lab.terminal.Terminal;

/**
 * The one lab of a run; opened when the first machine is wanted, closed when the launcher's session ends. Before JUnit
 * 5.13, which has no store for a session, an execution of the launcher is a run.
 */
final class LabSession implements JUnitFeatures.StoreResource {

    private static final Namespace NAMESPACE = Namespace.create(LabSession.class);

    private static final int STANDARD_OUTPUT = 1;

    // Where a rerun is an execution with a session of its own, it still has to know what failed before.
    private static final Map<String, Queue<Failure>> KEPT_IN_THIS_JVM = new ConcurrentHashMap<>();

    /** One may be an accident. */
    private static final int BOOT_FAILURES = 2;

    private final Lab lab;
    private final int maximumMachines;
    private final int bootRetries;
    private final BootBreaker breaker;
    private final Hold hold;
    private final Output output;
    private final Map<String, Queue<Failure>> kept =
            JUnitFeatures.hasSessionStore() ? new ConcurrentHashMap<>() : KEPT_IN_THIS_JVM;

    private LabSession(Lab lab, int maximumMachines, int bootRetries, BootBreaker breaker, Hold hold, Output output) {
        this.lab = lab;
        this.maximumMachines = maximumMachines;
        this.bootRetries = bootRetries;
        this.breaker = breaker;
        this.hold = hold;
        this.output = output;
    }

    static LabSession of(ExtensionContext context) {
        return install(context, () -> open(RunSettings.of(context)));
    }

    /** Makes the session's lab, unless it has one. */
    @SuppressWarnings("deprecation") // its successor is not in JUnit 5
    static LabSession install(ExtensionContext context, Supplier<LabSession> supplier) {
        return Objects.requireNonNull(JUnitFeatures.runStore(context, NAMESPACE)
                .getOrComputeIfAbsent(LabSession.class, type -> supplier.get(), LabSession.class));
    }

    private static LabSession open(RunSettings settings) {
        LabConfiguration defaults = LabConfiguration.defaults();
        LabConfiguration configuration = new LabConfiguration(
                settings.find("home").map(home -> Path.of(home.value())).orElse(defaults.home()),
                limits(settings, defaults.machines()),
                retention(settings, defaults.retention()),
                settings.find("inventory").map(file -> Path.of(file.value())).orElse(null),
                settings.find("hostTimeout").map(LabSession::time).orElse(defaults.hostTimeout()));
        return open(
                settings,
                () -> Lab.open(configuration),
                configuration.machines().count(),
                Keyboard::open,
                Terminal.of(STANDARD_OUTPUT, LabSession::write, System::getenv));
    }

    /** Reads the settings before the lab is opened. */
    static LabSession open(
            RunSettings settings,
            Supplier<Lab> lab,
            int maximumMachines,
            Supplier<Keyboard> keyboards,
            Terminal terminal) {
        int bootRetries = settings.find("bootRetries").map(LabSession::number).orElse(0);
        Duration hold = settings.find("hold").map(LabSession::time).orElse(Duration.ZERO);
        Output output = new Output(terminal);
        BootBreaker breaker = new BootBreaker(
                settings.find("bootFailures.limit").map(LabSession::number).orElse(BOOT_FAILURES));
        Lab opened = lab.get();
        opened.whenInterrupted(output::interrupted);
        return new LabSession(opened, maximumMachines, bootRetries, breaker, new Hold(hold, keyboards, output), output);
    }

    /** System.out is looked up each time: build tools exchange it while tests run. */
    private static void write(String text) {
        System.out.print(text);
        System.out.flush();
    }

    private static int number(RunSettings.Setting setting) {
        if (!setting.value().matches("\\d{1,9}")) {
            throw new ConfigurationException(
                    "%s: '%s' is not a whole number.".formatted(setting.key(), setting.value()));
        }
        return Integer.parseInt(setting.value());
    }

    static Retention retention(RunSettings settings, Retention defaults) {
        return new Retention(
                settings.find("failures.count").map(LabSession::number).orElse(defaults.maximumCount()),
                settings.find("failures.age").map(LabSession::time).orElse(defaults.maximumAge()),
                settings.find("failures.size").map(LabSession::bytes).orElse(defaults.maximumBytes()));
    }

    private static MachineLimits limits(RunSettings settings, MachineLimits defaults) {
        return new MachineLimits(
                settings.find("machines").map(LabSession::number).orElse(defaults.count()),
                settings.find("totalMemory")
                        .map(LabSession::bytes)
                        .map(ByteSize::new)
                        .orElse(defaults.memory()),
                settings.find("machineTimeout").map(LabSession::time).orElse(defaults.timeout()));
    }

    private static long bytes(RunSettings.Setting setting) {
        try {
            return ByteSize.parse(setting.value()).bytes();
        } catch (ConfigurationException e) {
            throw new ConfigurationException("%s: %s".formatted(setting.key(), e.getMessage()), e);
        }
    }

    private static Duration time(RunSettings.Setting setting) {
        try {
            Duration time = Quantities.duration(setting.value());
            if (time.isNegative()) {
                throw new ConfigurationException("'%s' is less than nothing".formatted(setting.value()));
            }
            return time;
        } catch (ConfigurationException e) {
            throw new ConfigurationException("%s: %s.".formatted(setting.key(), e.getMessage()), e);
        }
    }

    /** Returns what a machine takes of this computer; nothing when it is a physical host. */
    Demand demand(MachineSpec spec) {
        return lab.demand(spec.request());
    }

    /** Reserves room for all that a test, or a class with its tests, needs at once. */
    Reservation reserve(String title, Demand most) {
        return lab.reserve(title, most, waiting -> output.waiting(title, waiting));
    }

    /**
     * Boots the machines of a test, or of a class, side by side.
     *
     * @param around what the machines of the classes around take already
     * @param more what these take
     */
    List<Stay> boot(List<HostRequest> requests, Reservation reservation, Demand around, Demand more) {
        int wanted = around.plus(more).machines();
        if (wanted > maximumMachines) {
            throw new ConfigurationException(
                    "%s needs %d machines at once, and sanboot.machines allows %d; set it to %d or more."
                            .formatted(requests.get(0).purpose(), wanted, maximumMachines, wanted));
        }
        return lab.boot(requests, reservation);
    }

    BootBreaker breaker() {
        return breaker;
    }

    /** How often a boot that failed is tried again. */
    int bootRetries() {
        return bootRetries;
    }

    Hold hold() {
        return hold;
    }

    /** Remembers what was kept of a test that failed. */
    void kept(String testId, Failure failure) {
        kept.computeIfAbsent(testId, id -> new ConcurrentLinkedQueue<>()).add(failure);
    }

    /**
     * Calls flaky what failed before. A build tool that runs failed tests again does so in the same session, and under
     * the same ids (measured with Surefire's rerunFailingTestsCount).
     */
    void passed(String testId, String title) {
        Queue<Failure> before = kept.remove(testId);
        if (before != null) {
            before.forEach(failure -> flaky(title, failure));
        }
    }

    void flaky(String title, Failure failure) {
        lab.markFlaky(failure);
        output.flaky(title, failure);
    }

    Output output() {
        return output;
    }

    @Override
    public void close() {
        try (lab) {
            LabSummary summary = lab.summary();
            if (summary.machinesBooted() + summary.bootsFailed() > 0) {
                output.summary(summary);
            }
        }
    }
}
