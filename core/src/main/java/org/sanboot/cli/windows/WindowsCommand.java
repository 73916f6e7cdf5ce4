package org.sanboot.cli.windows;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code sanboot windows}. */
@Command(
        name = "windows",
        description = "Installs Windows onto iSCSI disks, and checks and prepares what is installed.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
public final class WindowsCommand implements Runnable {

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // Set by picocli before run().
    private CommandLine.Model.CommandSpec spec;

    private WindowsCommand() {}

    /**
     * Makes the command with its subcommands.
     *
     * @param images where disks come from
     * @param installer where Windows is installed
     * @param prover where what was made is booted
     * @return to be added to the program's command line; Sanboot's exceptions are for that to report
     */
    public static CommandLine commandLine(WindowsImages images, WindowsInstaller installer, WindowsProver prover) {
        return new CommandLine(new WindowsCommand())
                .addSubcommand(new InstallCommand(images, installer, prover))
                .addSubcommand(new CheckCommand(images))
                .addSubcommand(new PrepareCommand(images, prover));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }
}
