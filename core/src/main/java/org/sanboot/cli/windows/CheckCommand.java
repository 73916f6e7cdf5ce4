package org.sanboot.cli.windows;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.windows.TargetMachine;
import org.sanboot.windows.WindowsCheck;
import org.sanboot.windows.WindowsDisk;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sanboot windows check}. */
@Command(
        name = "check",
        description = {
            "Reads an installed Windows from its disk and says whether it will boot over iSCSI.",
            "Changes nothing, and needs neither root nor other programs."
        },
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            " 0:everything that a boot needs was seen, on at least one of the machine types judged for",
            " 1:it boots on none of them, or nobody can tell, or the disk is damaged or cannot be read",
            " 2:there is no such image, file or machine type, or no Windows on it that can be read"
        },
        mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {

    @Parameters(paramLabel = "IMAGE|FILE", description = "An image of the catalogue, or else a raw or qcow2 file.")
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private String image;

    @Option(names = "--machine", paramLabel = "NAME", description = "Judge for this machine type only.")
    private List<String> machines = new ArrayList<>();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before call().
    private CommandLine.Model.CommandSpec spec;

    private final WindowsImages images;

    CheckCommand(WindowsImages images) {
        this.images = images;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<TargetMachine> targets = targets();
        try (BlockDevice device = images.open(image)) {
            WindowsCheck whole = WindowsCheck.of(WindowsDisk.open(device), targets);
            WindowsCheck check = machines.isEmpty() ? whole : whole.withoutOwnCards();
            out.println(json ? CheckJson.of(check) : CheckText.of(check));
            out.flush();
            return check.bootsSomewhere() ? 0 : 1;
        }
    }

    private List<TargetMachine> targets() {
        List<TargetMachine> known = images.machines(image);
        for (String machine : machines) {
            if (known.stream().noneMatch(target -> target.name().equals(machine))) {
                throw new ConfigurationException("There is no machine type %s; known are %s."
                        .formatted(
                                machine, known.stream().map(TargetMachine::name).collect(Collectors.joining(", "))));
            }
        }
        return machines.isEmpty()
                ? known
                : known.stream()
                        .filter(target -> machines.contains(target.name()))
                        .toList();
    }
}
