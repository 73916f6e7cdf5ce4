package org.sanboot.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.TestException;
import org.sanboot.cli.Main;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Progress;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** Images built of the small guest, in real machines. */
@Tag("boot")
class ImageBuilderIT {

    @TempDir
    private Path directory;

    private LabConfiguration configuration;
    private ImageCatalogue catalogue;
    private final List<String> told = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        configuration = new LabConfiguration(TestHome.withTinyGuest(directory.resolve("home")), 2);
        catalogue = new ImageCatalogue(configuration.home());
    }

    private Recipe recipe(String name, String yaml) throws IOException {
        return Recipe.read(Files.writeString(directory.resolve(name), yaml), catalogue);
    }

    private ImageBuilder builder() {
        return new ImageBuilder(configuration, told::add);
    }

    @Test
    void what_a_recipe_says_is_in_the_image_and_the_parent_stays_as_it_was() throws Exception {
        Files.writeString(directory.resolve("agent.conf"), "level=1\n");
        Files.writeString(directory.resolve("setup.sh"), "printf '%s\\n' \"$@\" > /root/arguments\n");
        Files.writeString(directory.resolve("token"), "hunter22\n");
        Recipe recipe = recipe("agent.yaml", """
                parent: tiny
                memory: 256M
                environment: {GREETING: "it's me"}
                secrets: {TOKEN: 'file:%s'}
                steps:
                  - {file: agent.conf, to: /etc/agent/, mode: 0600}
                  - {text: hello, to: /etc/motd}
                  - {script: setup.sh, arguments: one 'two three'}
                  - run: |
                      echo "$GREETING" > /root/greeting
                      [ "$TOKEN" = hunter22 ]
                  - reboot: true
                check: grep -q level=1 /etc/agent/agent.conf
                """.formatted(directory.resolve("token")));
        assertThat(builder().find(recipe)).isEmpty();

        GoldenImage built = builder().build(recipe, Progress.NONE);

        assertThat(built.name()).isEqualTo("agent-1");
        assertThat(built.parent()).contains("tiny");
        assertThat(built.allocated()).isLessThan(4 << 20);
        assertThat(told).contains("line 6: file /etc/agent/agent.conf", "line 12: reboot", "shutting down");
        catalogue.verify("tiny", Progress.NONE);
        catalogue.verify("agent", Progress.NONE);
        assertThat(recipe("agent.yaml", Files.readString(directory.resolve("agent.yaml"))))
                .satisfies(same -> assertThat(builder().find(same)).contains(built));
        try (Lab lab = Lab.open(configuration)) {
            BootedHost host = lab.boot(
                            HostRequest.of("agent").memoryMebibytes(256).build())
                    .host();
            assertThat(host.run("cat /root/greeting /root/arguments /etc/motd"))
                    .hasOutput("it's me\none\ntwo three\nhello");
            assertThat(host.run("stat -c %a /etc/agent/agent.conf")).hasOutput("600");
            assertThat(host.run("ls -d /run/sanboot-recipe /var/tmp/sanboot-recipe"))
                    .failed();
        }
    }

    @Test
    void a_step_that_fails_is_told_with_its_line_and_kept_and_there_is_no_image() throws Exception {
        Files.writeString(directory.resolve("token"), "hunter22\n");
        Recipe recipe = recipe("broken.yaml", """
                parent: tiny
                memory: 256M
                secrets: {TOKEN: 'file:%s'}
                steps:
                  - run: echo evidence > /root/evidence
                  - run: |
                      echo "bad token $TOKEN" >&2
                      sync
                      exit 3
                """.formatted(directory.resolve("token")));

        assertThatThrownBy(() -> builder().build(recipe, Progress.NONE))
                .isInstanceOf(TestException.class)
                .hasMessageContaining("broken.yaml, line 6: run: echo \"bad token $TOKEN\" >&2 … ended with status 3")
                .hasMessageContaining("    bad token [redacted]\n")
                .hasMessageContaining("What it left is kept:")
                .hasMessageNotContaining("hunter22");

        assertThat(catalogue.names()).containsExactly("tiny");
        assertThat(configuration.home().resolve("runs")).isEmptyDirectory();
        Failure failure = FailureStore.at(configuration.home()).list().get(0);
        assertThat(failure.report()).exists();
        assertThat(filesWith(failure.directory(), "hunter22")).isEmpty();
        try (Lab lab = Lab.open(configuration)) {
            BootedHost host = lab.boot(HostRequest.ofFailure(failure.id())
                            .memoryMebibytes(256)
                            .build())
                    .host();
            assertThat(host.run("cat /root/evidence")).hasOutput("evidence");
        }
    }

    @Test
    void a_step_that_hangs_is_ended_and_told_with_what_it_has_printed() throws Exception {
        Recipe recipe = recipe("hanging.yaml", """
                parent: tiny
                memory: 256M
                steps:
                  - run: sleep 1000 &
                  - run: |
                      echo waiting for the agent
                      sleep 1000
                    timeout: 3s
                """);

        assertThatThrownBy(() -> builder().build(recipe, Progress.NONE))
                .isInstanceOf(TestException.class)
                .hasMessageContaining(
                        "hanging.yaml, line 5: run: echo waiting for the agent …: A command in the guest did not"
                                + " end within 3 s")
                .hasMessageContaining("\n  waiting for the agent\n")
                .hasMessageContaining("What it left is kept:")
                .hasMessageNotContaining("eval");

        assertThat(told).contains("line 4: run: sleep 1000 &");
        assertThat(catalogue.names()).containsExactly("tiny");
        assertThat(configuration.home().resolve("runs")).isEmptyDirectory();
    }

    @Test
    void a_build_that_is_killed_leaves_nothing_and_the_next_one_is_not_hindered() throws Exception {
        String yaml = """
                parent: tiny
                memory: 256M
                steps:
                  - run: %s
                """;
        Path file = Files.writeString(directory.resolve("killed.yaml"), yaml.formatted("sleep 1000"));
        try (ChildJvm child = ChildJvm.start(configuration.home(), Building.class, file.toString())) {
            child.awaitLine(line -> line.startsWith("line 4"), 150);
            assertThat(catalogue.names()).containsExactly("tiny");

            child.process().destroyForcibly();
        }

        assertThat(configuration.home().resolve("runs")).isEmptyDirectory();
        assertThat(FailureStore.at(configuration.home()).list()).isEmpty();
        assertThat(builder()
                        .build(recipe("killed.yaml", yaml.formatted("'true'")), Progress.NONE)
                        .name())
                .isEqualTo("killed-1");
    }

    /** Builds what it is told to build. */
    static final class Building {
        public static void main(String[] arguments) {
            LabConfiguration configuration = LabConfiguration.defaults();
            Recipe recipe = Recipe.read(Path.of(arguments[0]), new ImageCatalogue(configuration.home()));
            new ImageBuilder(configuration, System.out::println).build(recipe, Progress.NONE);
        }
    }

    @Test
    void a_name_that_is_the_parents_is_found_without_a_boot() throws Exception {
        Recipe recipe = recipe("tiny.yaml", "parent: tiny\nsteps: [{run: 'true'}]");

        assertThatThrownBy(() -> catalogue.checkVersionName(recipe.name()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("There is an image \"tiny\" already; choose another name");
        try (ChildJvm child = ChildJvm.start(
                configuration.home(),
                Main.class,
                "image",
                "build",
                "--dry-run",
                directory.resolve("tiny.yaml").toString())) {
            child.awaitLine(line -> line.contains("There is an image \"tiny\" already"), 60);
        }
    }

    @Test
    void a_secret_that_is_not_there_stops_before_anything_boots() throws Exception {
        Recipe recipe = recipe("secret.yaml", """
                parent: tiny
                secrets: {TOKEN: env:NO_SUCH_VARIABLE}
                steps: [{run: 'true'}]
                """);

        assertThatThrownBy(() -> builder().build(recipe, Progress.NONE))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("NO_SUCH_VARIABLE");
        assertThat(told).isEmpty();
    }

    private static List<Path> filesWith(Path directory, String text) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".qcow2"))
                    .filter(file -> contains(file, text))
                    .toList();
        }
    }

    private static boolean contains(Path file, String text) {
        try {
            return new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
