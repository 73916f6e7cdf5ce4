package org.sanboot.cli.lab;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.sanboot.SanbootException;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.machine.physical.AbandonedHosts;
import org.sanboot.machine.physical.BootNetwork;
import org.sanboot.process.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Keeps the lab's network ready for all tests of this machine, and switches off what dead tests leave on. */
@Command(
        name = "serve",
        description = "Serves DHCP, boot programs and boot scripts for all tests on this machine, until Ctrl-C.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Tests find it by themselves and need no privileges then. Where it does not run, the first test serves, as root.",
            "Hosts whose test died are switched off. Without a test's offer no host boots anything."
        })
final class ServeCommand implements Callable<Integer> {

    private static final Duration LOOK = Duration.ofSeconds(5);

    @Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private LabCommand lab;

    @Override
    public Integer call() throws InterruptedException {
        Inventory inventory = lab.inventory();
        try (Run run = Run.open(ImageCatalogue.homeOfUser().resolve("runs"));
                LeaseStore leases = LeaseStore.ofController();
                BootNetwork network = BootNetwork.start(run, inventory)) {
            // On Ctrl-C too, so that another process can have the ports at once.
            run.beforeEnd(network::close);
            Optional<Boolean> serving = Optional.empty();
            while (true) {
                boolean serves = network.serves();
                if (!serving.equals(Optional.of(serves))) {
                    say(
                            serves
                                    ? describe(inventory, network)
                                    : "Another process serves this network; this one takes its place when that ends.");
                    serving = Optional.of(serves);
                }
                switchOffAbandoned(inventory, leases);
                TimeUnit.MILLISECONDS.sleep(LOOK.toMillis());
            }
        }
    }

    private static String describe(Inventory inventory, BootNetwork network) {
        LabNetwork.Dhcp dhcp = inventory.network().orElseThrow().dhcp();
        String addresses = switch (dhcp) {
            case OWN -> "addresses and boot programs by DHCP";
            case PROXY -> "boot programs beside the site's DHCP";
            case SITE ->
                "no DHCP: the site's server must name the boot programs and %s"
                        .formatted(network.server().entryScript());
        };
        return "Serving %d hosts at %s: scripts at %s, %s. Ctrl-C ends it."
                .formatted(
                        inventory.hosts().size(),
                        network.address().getHostAddress(),
                        network.server().entryScript(),
                        addresses);
    }

    private void switchOffAbandoned(Inventory inventory, LeaseStore leases) {
        try {
            AbandonedHosts.powerOff(inventory, leases)
                    .forEach(host -> say("Switched off %s, which a process that died had left on.".formatted(host)));
        } catch (SanbootException e) {
            say("A host that a process left on cannot be switched off from here: " + e.getMessage());
        }
    }

    private void say(String text) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(text);
        out.flush();
    }
}
