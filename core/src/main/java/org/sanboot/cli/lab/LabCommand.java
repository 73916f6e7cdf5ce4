package org.sanboot.cli.lab;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Serves a lab of physical hosts, and checks it. */
@Command(
        name = "lab",
        description = "Serves the boots of the lab's physical hosts, and checks every host's way to its disk.",
        mixinStandardHelpOptions = true,
        subcommands = {ServeCommand.class, CheckCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class LabCommand {

    @Option(
            names = "--inventory",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The lab's file; otherwise $SANBOOT_INVENTORY, ./sanboot-lab.yaml, or the one in the home.")
    private @Nullable Path file;

    /** Returns the inventory, which has hosts. */
    Inventory inventory() {
        Inventory inventory = file == null ? Inventory.find(ImageCatalogue.homeOfUser()) : Inventory.read(file);
        if (inventory.hosts().isEmpty()) {
            throw new ConfigurationException("There are no physical hosts; describe them in " + Inventory.FILE + ".");
        }
        return inventory;
    }
}
