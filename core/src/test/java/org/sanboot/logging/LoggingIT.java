package org.sanboot.logging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a JVM prints whose application has a provider for SLF4J, or none. */
@Tag("boot")
class LoggingIT {

    private static final Path CLASSES = Path.of("target", "classes");

    @TempDir
    Path directory;

    @Test
    void without_a_provider_the_library_prints_nothing() throws Exception {
        assertThat(outputOf(AllClasses.class, "no provider")).isEqualTo("initialized" + System.lineSeparator());
    }

    @Test
    void without_a_provider_an_application_is_warned_of_its_own_use_as_ever() throws Exception {
        assertThat(outputOf(OneWarning.class, "no provider")).contains("SLF4J(W): No SLF4J providers were found.");
    }

    @Test
    void with_a_provider_what_is_logged_is_printed() throws Exception {
        assertThat(outputOf(OneWarning.class, "provider"))
                .contains("of the library")
                .contains("of the application");
    }

    /** Initializes every class of the library, and with them all their loggers. */
    static final class AllClasses {

        public static void main(String[] arguments) throws Exception {
            try (Stream<Path> files = Files.walk(CLASSES)) {
                for (String name : files.map(file -> CLASSES.relativize(file).toString())
                        .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                        // The command line's libraries do not reach an application either.
                        .filter(name -> !name.contains("cli"))
                        .map(name -> name.replaceAll("\\.class$", "").replace(File.separatorChar, '.'))
                        .toList()) {
                    Class.forName(name);
                }
            }
            System.out.println("initialized");
        }
    }

    static final class OneWarning {

        public static void main(String[] arguments) {
            Logger library = Logging.logger(OneWarning.class);
            library.warn("of the library");
            LoggerFactory.getLogger("application").warn("of the application");
        }
    }

    private String outputOf(Class<?> program, String provider) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        String left = provider.equals("provider") ? "picocli|progressbar" : "picocli|progressbar|slf4j-simple";
        String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().matches("(" + left + ").*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classPath,
                        program.getName()))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("the JVM ends").isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        } finally {
            process.destroyForcibly();
        }
    }
}
