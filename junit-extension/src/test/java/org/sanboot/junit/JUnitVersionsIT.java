package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.lab.BootedHost;

/** The extension as it was compiled, and its unit tests, on other versions of JUnit, each in a JVM of its own. */
@Tag("boot")
class JUnitVersionsIT {

    private static final long MOST_SECONDS = 240;

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"1.12", "1.13", "1.14", "6"})
    void all_unit_tests_of_the_extension_pass(String platform) throws Exception {
        Run run = run(
                platform,
                "--select-package=org.sanboot.junit",
                "--include-classname=[a-z.]+\\.[A-Za-z]+Test",
                "--exclude-classname=.*\\.(ArchitectureTest|JUnitBaselineTest)",
                "--exclude-tag=boot");

        assertThat(run.output).doesNotContain("SLF4J");
        assertThat(run.status).as(run.output).isZero();
        assertThat(run.output).containsPattern("\\[ +[1-9]\\d\\d tests successful");
    }

    @IscsiBootedLinux(image = "debian")
    static class WantsMachine {
        @Test
        void test(BootedHost host) {}
    }

    static class WantsMachineForOneTest {
        @Test
        @IscsiBooted(image = "debian")
        void test(BootedHost host) {}
    }

    static class WantsNone {
        @Test
        void test() {}
    }

    @ParameterizedTest
    @CsvSource({"1.10, 1.10.5", "1.11, 1.11.4"}) // the single archive has the platform's version
    void an_older_one_is_refused_by_one_sentence_that_says_what_to_do(String platform, String version)
            throws Exception {
        for (Class<?> user : List.of(WantsMachine.class, WantsMachineForOneTest.class)) {
            Run run = run(platform, "--select-class=" + user.getName());

            assertThat(run.status).isNotZero();
            assertThat(run.output)
                    .contains(user.getName() + " wants a machine, and Sanboot needs JUnit 5.12 or newer, but JUnit "
                            + version + " is on the class path: set the Maven property junit-jupiter.version to 5.12.2")
                    .doesNotContain("IncompleteAnnotationException", "NoClassDefFoundError", "TypeNotPresent");
        }
    }

    @Test
    void an_older_one_runs_tests_without_machines() throws Exception {
        Run run = run("1.11", "--select-class=" + WantsNone.class.getName());

        assertThat(run.status).as(run.output).isZero();
    }

    private record Run(int status, String output) {}

    private Run run(String platform, String... arguments) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classPath(platform),
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--include-engine=junit-jupiter",
                "--details=tree",
                "--disable-ansi-colors",
                "--disable-banner"));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS))
                    .as("JUnit %s ends within %d s", platform, MOST_SECONDS)
                    .isTrue();
            return new Run(process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    /** All that this JVM has but its JUnit, and but what has an engine that logs; no SLF4J provider, as in many projects. */
    private static String classPath(String platform) throws IOException {
        Stream<String> others = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(
                        entry -> !Path.of(entry)
                                .getFileName()
                                .toString()
                                .matches(
                                        "(junit-(jupiter|platform)|opentest4j|open-test-reporting|apiguardian|archunit|slf4j-simple).*\\.jar"));
        return Stream.concat(others, JUnitArchive.of(platform).stream().map(Path::toString))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
