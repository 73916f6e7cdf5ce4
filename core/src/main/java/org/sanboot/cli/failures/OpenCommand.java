package org.sanboot.cli.failures;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Failure;
import org.sanboot.process.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "open", description = "Open the report of a failure, or of all, in the browser; print where it is.")
final class OpenCommand extends FailureAction {

    @Parameters(arity = "0..1", paramLabel = "ID", description = "The failure; the index of all when it is left out.")
    private Optional<String> id = Optional.empty();

    @Option(names = "--print", description = "Only print where it is.")
    private boolean printOnly;

    @Override
    void perform() throws IOException {
        Path page = id.map(store()::find).map(Failure::report).orElseGet(() -> store().index());
        if (Files.notExists(page)) {
            throw new ConfigurationException("There is no report %s.".formatted(page));
        }
        out().println(page);
        boolean display = System.getenv("DISPLAY") != null || System.getenv("WAYLAND_DISPLAY") != null;
        Optional<Path> opener = Programs.find("xdg-open");
        if (!printOnly && display && opener.isPresent()) {
            new ProcessBuilder(opener.get().toString(), page.toString())
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }
    }
}
