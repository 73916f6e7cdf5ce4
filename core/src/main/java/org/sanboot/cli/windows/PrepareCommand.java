package org.sanboot.cli.windows;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockDevice;
import org.sanboot.lab.HostRequest;
import org.sanboot.proof.ImageProof;
import org.sanboot.windows.PlannedChange;
import org.sanboot.windows.PreparationSwitch;
import org.sanboot.windows.WindowsDisk;
import org.sanboot.windows.WindowsPreparation;
import org.sanboot.windows.structure.Structure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sanboot windows prepare}. */
@Command(
        name = "prepare",
        description = {
            "Sets an installed Windows up to boot over iSCSI, on any machine of a type that it has booted on.",
            "The settings go into a new version of the image; the version before stays as it is and undoes them.",
            "A version that was made so before is used again."
        },
        mixinStandardHelpOptions = true)
final class PrepareCommand implements Callable<Integer> {

    /** Somebody else is faster only when they prepare the same image otherwise, at the same moment. */
    private static final int ATTEMPTS = 5;

    @Parameters(paramLabel = "IMAGE", arity = "0..1", description = "An image of the catalogue.")
    private @Nullable String image;

    @Option(names = "--with", paramLabel = "SWITCH", split = ",", description = "Make this change too; see --list.")
    private List<String> with = new ArrayList<>();

    @Option(names = "--without", paramLabel = "SWITCH", split = ",", description = "Leave this change out.")
    private List<String> without = new ArrayList<>();

    @Option(names = "--dry-run", description = "Only say what would be changed.")
    private boolean dryRun;

    @Option(
            names = "--boot",
            description =
                    "Boot a clone over iSCSI to ssh, and look at it, before the version gets its name; one that fails stays as NAME-unproven.")
    private boolean boot;

    @Option(
            names = "--boot-timeout",
            paramLabel = "MINUTES",
            description = "How long that may take; ${DEFAULT-VALUE} by default.")
    private int bootTimeout = 60;

    @Option(names = "--list", description = "List the changes by name, with where they are known from.")
    private boolean list;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandLine.Model.CommandSpec spec;

    private final WindowsImages images;
    private final WindowsProver prover;

    PrepareCommand(WindowsImages images, WindowsProver prover) {
        this.images = images;
        this.prover = prover;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (list) {
            Arrays.stream(PreparationSwitch.values()).forEach(change -> out.println(describe(change)));
        } else if (image == null) {
            throw new CommandLine.ParameterException(spec.commandLine(), "Missing required parameter: 'IMAGE'");
        } else {
            prepare(image, switches(), out);
        }
        out.flush();
        return 0;
    }

    private static String describe(PreparationSwitch change) {
        return "%-22s %-3s %s%n%27ssource: %s"
                .formatted(change.id(), change.isDefault() ? "on" : "off", change.purpose(), "", change.source());
    }

    private Set<PreparationSwitch> switches() {
        Set<PreparationSwitch> switches = PreparationSwitch.defaults();
        with.forEach(id -> switches.add(change(id)));
        without.forEach(id -> switches.remove(change(id)));
        return switches;
    }

    private static PreparationSwitch change(String id) {
        return PreparationSwitch.of(id)
                .orElseThrow(() -> new ConfigurationException("There is no change %s; there are %s."
                        .formatted(
                                id,
                                Arrays.stream(PreparationSwitch.values())
                                        .map(PreparationSwitch::id)
                                        .collect(Collectors.joining(", ")))));
    }

    /** Plans on the image first: when there is nothing to do, or it was done before, no version is made. */
    private void prepare(String name, Set<PreparationSwitch> switches, PrintWriter out) {
        try (BlockDevice device = images.open(name)) {
            WindowsPreparation plan = WindowsPreparation.plan(WindowsDisk.open(device), switches);
            if (plan.isDone() || dryRun) {
                print(plan, null, plan.isDone() ? "Nothing is left to do." : "Nothing was changed.", out);
                return;
            }
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                Optional<String> held = holder(plan, name);
                if (held.isPresent()) {
                    if (boot) {
                        prover.examine(held.get(), this::machine, this::say);
                    }
                    print(plan, held.get(), held.get() + " was prepared so before; no other was made.", out);
                    return;
                }
                Optional<String> made = make(name, switches);
                if (made.isPresent()) {
                    print(
                            plan,
                            made.get(),
                            "Sealed as %s; the version before it is as it was.".formatted(made.get()),
                            out);
                    return;
                }
            }
        }
        throw new InfrastructureException(
                "Others prepared %s at the same time, again and again; try again.".formatted(name));
    }

    private Optional<String> make(String name, Set<PreparationSwitch> switches) {
        String made;
        try (WindowsImages.NewVersion version = images.derive(name)) {
            WindowsPreparation.plan(WindowsDisk.open(version.device()), switches)
                    .apply();
            if (!boot) {
                return version.seal();
            }
            made = version.name();
            version.seal(ImageProof.candidate(made));
        }
        prover.prove(made, this::machine, this::say);
        return Optional.of(made);
    }

    /** As much as a test of a Windows has. */
    private HostRequest.Builder machine(HostRequest.Builder request) {
        return request.memoryMebibytes(4096).cpus(2).readyTimeout(Duration.ofMinutes(bootTimeout));
    }

    private void say(String line) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("[sanboot] " + line);
        err.flush();
    }

    private Optional<String> holder(WindowsPreparation plan, String name) {
        return images.prepared(name).stream()
                .filter(version -> isHeldBy(plan, version))
                .findFirst();
    }

    /** A version that cannot be read, or is being removed, is none that could be handed out. */
    private boolean isHeldBy(WindowsPreparation plan, String version) {
        try (BlockDevice device = images.open(version)) {
            return plan.isHeldBy(WindowsDisk.open(device));
        } catch (SanbootException e) {
            return false;
        }
    }

    private void print(WindowsPreparation preparation, @Nullable String version, String result, PrintWriter out) {
        if (json) {
            out.println(toJson(preparation, version));
            return;
        }
        PreparationSwitch shown = null;
        String place = "";
        for (PlannedChange change : sorted(preparation)) {
            if (!place(change).equals(place)) {
                place = place(change);
                shown = null;
                out.println(place);
            }
            if (change.change() != shown) {
                shown = change.change();
                out.printf("  %s: %s%n      source: %s%n", shown.id(), shown.purpose(), shown.source());
            }
            out.printf("    %s%n", Structure.printable(change.describe()));
        }
        preparation.unread().forEach(sentence -> out.println(Structure.printable(sentence)));
        out.println(result);
    }

    private static String place(PlannedChange change) {
        return "%s in partition %d".formatted(change.directory(), change.partition());
    }

    private static List<PlannedChange> sorted(WindowsPreparation preparation) {
        return preparation.changes().stream()
                .sorted(Comparator.comparingInt(PlannedChange::partition)
                        .thenComparing(PlannedChange::directory)
                        .thenComparing(PlannedChange::change))
                .toList();
    }

    private static String toJson(WindowsPreparation preparation, @Nullable String version) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("version", version);
        ArrayNode changes = root.putArray("changes");
        for (PlannedChange change : sorted(preparation)) {
            changes.addObject()
                    .put("change", change.change().id())
                    .put("partition", change.partition())
                    .put("directory", change.directory())
                    .put("value", change.value())
                    .put("before", change.before())
                    .put("after", change.after())
                    .put("kind", change.kind().name());
        }
        preparation.unread().forEach(root.putArray("unread")::add);
        return root.toPrettyString();
    }
}
