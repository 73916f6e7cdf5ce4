package org.sanboot.cli.failures;

import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code sanboot failures}, which leaves the work to its subcommands. */
@Command(
        name = "failures",
        description = "Look into the failures that were kept, and look after them.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the lab failed: a disk is missing or cannot be read",
            "2:the command is wrong, or cannot be done as it is given"
        },
        subcommands = {
            ListCommand.class,
            ShowCommand.class,
            OpenCommand.class,
            FilesCommand.class,
            CatCommand.class,
            DiffCommand.class,
            ExportCommand.class,
            PromoteCommand.class,
            PinCommand.class,
            UnpinCommand.class,
            DeleteCommand.class,
            PruneCommand.class
        })
public final class FailuresCommand implements Runnable {

    private final FailuresEnvironment environment;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli sets it, and acts upon it
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    /**
     * Creates the command, to be added to another one.
     *
     * @param environment what it needs
     */
    public FailuresCommand(FailuresEnvironment environment) {
        this.environment = environment;
    }

    /**
     * Creates the command with its exit codes and messages.
     *
     * @param environment what it needs
     * @return a command line that ends with 0, 1 or 2
     */
    public static CommandLine commandLine(FailuresEnvironment environment) {
        return new CommandLine(new FailuresCommand(environment)).setExecutionExceptionHandler(FailuresCommand::explain);
    }

    private static int explain(Exception exception, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (exception instanceof SanbootException) {
            command.getErr().println("sanboot: " + exception.getMessage());
            return exception instanceof ConfigurationException ? 2 : 1;
        }
        throw exception;
    }

    FailuresEnvironment environment() {
        return environment;
    }

    /** Asks for a subcommand. */
    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "Say what to do with the failures.");
        }
    }
}
