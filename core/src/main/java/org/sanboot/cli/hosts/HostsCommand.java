package org.sanboot.cli.hosts;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.HostState;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.inventory.PhysicalHost;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Shows the lab's physical hosts and who uses them, and lets those that were set aside be used again. */
@Command(
        name = "hosts",
        description = "Shows the lab's physical hosts, and puts them back into use.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class HostsCommand {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = "--inventory",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The lab's file; otherwise $SANBOOT_INVENTORY, ./sanboot-lab.yaml, or the one in the home.")
    private @Nullable Path file;

    private Inventory inventory() {
        return file == null ? Inventory.find(ImageCatalogue.homeOfUser()) : Inventory.read(file);
    }

    @Command(
            name = "list",
            description = "Shows each host, its type, and who uses it.",
            mixinStandardHelpOptions = true)
    void list() {
        PrintWriter out = spec.commandLine().getOut();
        Inventory inventory = inventory();
        if (inventory.hosts().isEmpty()) {
            out.println("There are no physical hosts; describe them in " + Inventory.FILE + ".");
            return;
        }
        try (LeaseStore leases = LeaseStore.ofController()) {
            Map<String, HostState> states =
                    leases.list().stream().collect(Collectors.toMap(HostState::host, Function.identity()));
            out.println("%-16s  %-12s  %s".formatted("HOST", "TYPE", "STATE"));
            for (PhysicalHost host : inventory.hosts()) {
                HostState state = states.get(host.name());
                out.println("%-16s  %-12s  %s"
                        .formatted(host.name(), host.type().name(), state == null ? "free" : describe(state)));
            }
            leases.queue()
                    .forEach(waiting -> out.println("waiting: %s for %s, wants %s"
                            .formatted(waiting.owner(), waiting.purpose(), waiting.wishes())));
        }
        out.flush();
    }

    private static String describe(HostState state) {
        String since = state.since().map(time -> " since " + TIME.format(time)).orElse("");
        if (state.setAside().isPresent()) {
            return "set aside%s: %s".formatted(since, state.setAside().orElseThrow());
        }
        if (state.holder().isPresent()) {
            return "%s %s for %s%s"
                    .formatted(
                            state.abandoned() ? "left by" : "in use by",
                            state.holder().orElseThrow(),
                            state.purpose(),
                            since);
        }
        return state.failedBoots() == 0 ? "free" : "free, %d boots in a row failed".formatted(state.failedBoots());
    }

    @Command(
            name = "release",
            description = "Lets hosts be used again that were set aside.",
            mixinStandardHelpOptions = true)
    void release(
            @Parameters(paramLabel = "HOST", arity = "1..*", description = "The hosts' names.") List<String> hosts) {
        PrintWriter out = spec.commandLine().getOut();
        Inventory inventory = inventory();
        hosts.forEach(inventory::host);
        try (LeaseStore leases = LeaseStore.ofController()) {
            for (String host : hosts) {
                if (!leases.readmit(host)) {
                    throw new ConfigurationException(
                            "Host %s was not set aside; 'sanboot hosts list' shows who uses it.".formatted(host));
                }
                out.println(host + " can be used again.");
            }
        }
        out.flush();
    }
}
