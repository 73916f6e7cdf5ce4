package org.sanboot.cli;

import java.io.PrintWriter;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.cli.failures.FailuresCommand;
import org.sanboot.cli.hosts.HostsCommand;
import org.sanboot.cli.lab.LabCommand;
import org.sanboot.cli.windows.WindowsCommand;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.ParameterException;

/** The {@code sanboot} command. */
@Command(
        name = "sanboot",
        description = "Boots machines from iSCSI clones of golden disk images.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            DoctorCommand.class,
            ImageCommand.class,
            BootCommand.class,
            ServeCommand.class,
            GenerateCompletion.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit status: 0 done, 1 the lab or a guest failed, 2 a mistake in what was asked.",
            "Images, failures and scratch files are under $SANBOOT_HOME, or else $XDG_DATA_HOME/sanboot."
        })
public final class Main {

    static final int LAB_FAILED = 1;
    static final int USER_ERROR = 2;

    private Main() {}

    /**
     * Runs a command and exits with its status.
     *
     * @param arguments as typed
     */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        CatalogueWindowsImages windows = new CatalogueWindowsImages();
        return new CommandLine(new Main())
                .addSubcommand(failures())
                .addSubcommand(new HostsCommand())
                .addSubcommand(new LabCommand())
                .addSubcommand(WindowsCommand.commandLine(windows, windows, windows))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((error, command, parsed) -> explain(error, command.getErr()))
                .setParameterExceptionHandler(Main::explainUsage);
    }

    private static CommandLine failures() {
        return new CommandLine(new FailuresCommand(new HomeFailures()))
                .addSubcommand(new BootCommand.OfFailure())
                .addSubcommand(new BootCommand.ShellInFailure());
    }

    /** One sentence for what Sanboot knows to go wrong; the whole story only for what it does not. */
    private static int explain(Exception error, PrintWriter err) {
        if (error instanceof SanbootException known) {
            err.println("sanboot: " + known.getMessage());
            return known instanceof ConfigurationException ? USER_ERROR : LAB_FAILED;
        }
        error.printStackTrace(err);
        return LAB_FAILED;
    }

    private static int explainUsage(ParameterException error, String[] arguments) {
        CommandLine command = error.getCommandLine();
        command.getErr().println("sanboot: " + error.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(error, command.getErr())) {
            command.getErr()
                    .println("Try '%s --help'."
                            .formatted(command.getCommandSpec().qualifiedName()));
        }
        return USER_ERROR;
    }

    /** Says which version this is, from the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"sanboot " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
