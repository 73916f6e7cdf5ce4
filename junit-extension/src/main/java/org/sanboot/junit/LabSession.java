package org.sanboot.junit;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.StoreScope;
import org.sanboot.ConfigurationException;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.Stay;

/** The one lab of a run; opened when the first machine is wanted, closed when the launcher's session ends. */
final class LabSession implements AutoCloseable {

    private static final Namespace NAMESPACE = Namespace.create(LabSession.class);

    private final Lab lab;
    private final int maximumMachines;
    private final Output output;

    LabSession(Lab lab, int maximumMachines, Output output) {
        this.lab = lab;
        this.maximumMachines = maximumMachines;
        this.output = output;
    }

    static LabSession of(ExtensionContext context) {
        return install(context, () -> open(RunSettings.of(context)));
    }

    /** Makes the session's lab, unless it has one. */
    @SuppressWarnings("deprecation") // its successor is not in JUnit 5
    static LabSession install(ExtensionContext context, Supplier<LabSession> supplier) {
        return Objects.requireNonNull(context.getStore(StoreScope.LAUNCHER_SESSION, NAMESPACE)
                .getOrComputeIfAbsent(LabSession.class, type -> supplier.get(), LabSession.class));
    }

    private static LabSession open(RunSettings settings) {
        LabConfiguration defaults = LabConfiguration.defaults();
        LabConfiguration configuration = new LabConfiguration(
                settings.find("home").map(home -> Path.of(home.value())).orElse(defaults.home()),
                settings.find("machines").map(LabSession::machines).orElse(defaults.maximumMachines()));
        // System.out is looked up each time: build tools exchange it while tests run.
        return new LabSession(
                Lab.open(configuration), configuration.maximumMachines(), new Output(line -> System.out.println(line)));
    }

    private static int machines(RunSettings.Setting setting) {
        try {
            return Integer.parseInt(setting.value());
        } catch (NumberFormatException e) {
            throw new ConfigurationException(
                    "%s: '%s' is not a whole number.".formatted(setting.key(), setting.value()), e);
        }
    }

    /**
     * Boots the machines of a test, or of a class, side by side.
     *
     * @param held how many machines the test's classes have already
     */
    List<Stay> boot(List<HostRequest> requests, int held) {
        int wanted = requests.size() + held;
        if (wanted > maximumMachines) {
            throw new ConfigurationException(
                    "%s needs %d machines at once, and sanboot.machines allows %d; set it to %d or more."
                            .formatted(requests.get(0).purpose(), wanted, maximumMachines, wanted));
        }
        return lab.boot(requests);
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
