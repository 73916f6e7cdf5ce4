package org.sanboot.cli.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.cli.lab.Finding.Outcome;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.process.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Tests every host's way to its disk, step by step, and says what to mend. */
@Command(
        name = "check",
        description = {
            "Tests every host's way to its disk step by step, and says what to mend.",
            "A host that is in use is left alone; any other one is switched off, booted from the network as far as its disk, and switched off."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            " 0:no step failed",
            " 1:a step failed, or the lab did",
            " 2:a mistake in what was asked or in the inventory"
        },
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

    @Parameters(paramLabel = "HOST", arity = "0..*", description = "The hosts' names; all hosts when none is given.")
    private List<String> names = new ArrayList<>();

    @Option(names = "--no-boot", description = "Only ask the controllers, and switch nothing.")
    private boolean noBoot;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private LabCommand lab;

    @Override
    public Integer call() {
        Inventory inventory = lab.inventory();
        List<PhysicalHost> hosts = names.isEmpty()
                ? inventory.hosts()
                : names.stream().map(inventory::host).toList();
        Map<PhysicalHost, List<Finding>> all = new LinkedHashMap<>();
        try (LeaseStore leases = LeaseStore.ofController();
                Run run = Run.open(ImageCatalogue.homeOfUser().resolve("runs"));
                Once trial = new Once(() -> new TrialBoot(run, inventory))) {
            for (PhysicalHost host : hosts) {
                List<Finding> findings =
                        new HostCheck(host, leases, noBoot ? Optional.empty() : Optional.of(trial)).run();
                all.put(host, findings);
                if (!json) {
                    print(host, findings);
                }
            }
        }
        if (json) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(toJson(all));
            out.flush();
        }
        return all.values().stream().anyMatch(Finding::failed) ? 1 : 0;
    }

    /** Starts what boots hosts when the first one needs it. */
    private static final class Once implements Supplier<TrialBoot>, AutoCloseable {

        private final Supplier<TrialBoot> starter;
        private @Nullable TrialBoot trial;

        Once(Supplier<TrialBoot> starter) {
            this.starter = starter;
        }

        @Override
        public TrialBoot get() {
            TrialBoot started = trial;
            if (started == null) {
                started = starter.get();
                trial = started;
            }
            return started;
        }

        @Override
        public void close() {
            if (trial != null) {
                trial.close();
            }
        }
    }

    private void print(PhysicalHost host, List<Finding> findings) {
        PrintWriter out = spec.commandLine().getOut();
        out.println("%s (%s)".formatted(host.name(), host.type().name()));
        for (Finding finding : findings) {
            out.println(String.format(
                    Locale.ROOT,
                    "  %-7s  %-12s  %6.1f s  %s",
                    label(finding.outcome()),
                    finding.step().label(),
                    finding.took().toMillis() / 1000.0,
                    finding.text().replaceAll("\\s+", " ")));
            if (finding.outcome() == Outcome.FAILED) {
                out.println("  %-7s  %-12s            %s"
                        .formatted("", "", "to mend: " + finding.step().remedy()));
            }
        }
        out.flush();
    }

    private static String label(Outcome outcome) {
        return switch (outcome) {
            case OK -> "ok";
            case SKIPPED -> "-";
            case FAILED -> "FAILED";
        };
    }

    private static String toJson(Map<PhysicalHost, List<Finding>> all) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        ArrayNode hosts = root.putArray("hosts");
        all.forEach((host, findings) -> {
            ObjectNode node = hosts.addObject()
                    .put("host", host.name())
                    .put("type", host.type().name())
                    .put("failed", Finding.failed(findings));
            ArrayNode steps = node.putArray("steps");
            for (Finding finding : findings) {
                ObjectNode step = steps.addObject()
                        .put("step", finding.step().label())
                        .put("outcome", finding.outcome().name().toLowerCase(Locale.ROOT))
                        .put("seconds", finding.took().toMillis() / 1000.0)
                        .put("text", finding.text());
                if (finding.outcome() == Outcome.FAILED) {
                    step.put("remedy", finding.step().remedy());
                }
            }
        });
        return root.toPrettyString();
    }
}
