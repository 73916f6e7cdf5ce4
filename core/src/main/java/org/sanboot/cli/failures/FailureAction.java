package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all subcommands share. */
@Command(
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:the lab failed", "2:the command is wrong, or cannot be done as it is given"})
abstract class FailureAction implements Callable<Integer> {

    static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    @ParentCommand
    private @Nullable FailuresCommand parent;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    @SuppressWarnings("UnusedVariable") // picocli sets it, and acts upon it
    private boolean help;

    @Spec
    private @Nullable CommandSpec spec;

    /** Does the work. */
    abstract void perform() throws Exception;

    @Override
    public final Integer call() throws Exception {
        perform();
        out().flush();
        return 0;
    }

    FailuresEnvironment environment() {
        return Objects.requireNonNull(parent, "parent").environment();
    }

    FailureStore store() {
        return environment().store();
    }

    PrintWriter out() {
        return Objects.requireNonNull(spec, "spec").commandLine().getOut();
    }

    void print(Table table) {
        table.print(out(), environment().terminalWidth());
    }

    void print(JsonNode json) {
        try {
            out().println(JSON.writeValueAsString(json));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says in a word or two what kind of failure it is. */
    static String kind(Failure failure, FailureDescription.Kind kind) {
        String word = switch (kind) {
            case TEST -> failure.flaky() ? "flaky" : "failed";
            case INFRASTRUCTURE -> "lab";
            case CONFIGURATION -> "set-up";
            case INTERRUPTED -> "interrupted";
            case NONE -> "kept";
        };
        String ended = failure.interrupted() && kind != FailureDescription.Kind.INTERRUPTED ? ", interrupted" : "";
        return word + ended + (failure.pinned() ? ", pinned" : "");
    }
}
