package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Redaction;
import org.sanboot.machine.Console;

class ConsoleRecorderTest {

    @TempDir
    Path directory;

    @Test
    void each_line_is_in_the_file_as_soon_as_it_has_ended_with_its_time_and_without_secrets() throws Exception {
        Printed console = new Printed();
        Path log = directory.resolve("console.log");
        try (ConsoleRecorder recorder =
                new ConsoleRecorder(console, log, () -> Redaction.of(Set.of("S3cret-Licence")))) {
            console.print("booting\r\n\nkey: S3cret");
            assertThat(lines(log)).containsExactly("booting", "");

            console.print("-Licence\nlogin: ");
            assertThat(lines(log))
                    .hasSize(3)
                    .last()
                    .asString()
                    .startsWith("key: ")
                    .doesNotContain("S3cret");
        }
        assertThat(lines(log)).last().isEqualTo("login: ");
    }

    /** The lines without the times in front, which empty ones do not have. */
    private static List<String> lines(Path log) throws Exception {
        return Files.readAllLines(log).stream()
                .map(line -> line.replaceFirst("^\\d{4}-\\S+Z  ", ""))
                .toList();
    }

    private static final class Printed implements Console {

        private final List<Consumer<String>> listeners = new ArrayList<>();

        void print(String text) {
            listeners.forEach(listener -> listener.accept(text));
        }

        @Override
        public Path log() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String tail(int lines) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void type(String text) {
            throw new UnsupportedOperationException();
        }

        @Override
        public AutoCloseable listen(Consumer<String> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }
    }
}
