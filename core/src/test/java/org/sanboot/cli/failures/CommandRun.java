package org.sanboot.cli.failures;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;

/** Runs commands as a user would, and remembers what the last one printed. */
final class CommandRun implements FailuresEnvironment {

    final List<String> promoted = new ArrayList<>();
    int terminalWidth;

    private final Path home;
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
    private StringWriter output = new StringWriter();
    private StringWriter errors = new StringWriter();

    CommandRun(Path home) {
        this.home = home;
    }

    int run(String... arguments) {
        output = new StringWriter();
        errors = new StringWriter();
        binary.reset();
        return FailuresCommand.commandLine(this)
                .setOut(new PrintWriter(output, true))
                .setErr(new PrintWriter(errors, true))
                .execute(arguments);
    }

    String output() {
        return output.toString() + binary.toString(StandardCharsets.UTF_8);
    }

    String errors() {
        return errors.toString();
    }

    @Override
    public FailureStore store() {
        return FailureStore.at(home);
    }

    @Override
    public Path scratch() {
        return home;
    }

    @Override
    public void promote(Failure failure, String image) {
        promoted.add(failure.id() + " " + image);
    }

    @Override
    public OutputStream binaryOutput() {
        return binary;
    }

    @Override
    public int terminalWidth() {
        return terminalWidth;
    }
}
