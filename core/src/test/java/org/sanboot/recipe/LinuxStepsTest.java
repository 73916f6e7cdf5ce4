package org.sanboot.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.TestException;
import org.sanboot.evidence.Redaction;

class LinuxStepsTest {

    private static final String PATH = "export PATH=\"$PATH:/usr/local/sbin:/usr/sbin:/sbin\"";

    @TempDir
    private Path directory;

    private final RecordingHost guest = new RecordingHost();
    private RecipeFixture recipes;
    private GuestSteps steps;

    @BeforeEach
    void makeParents() {
        recipes = RecipeFixture.in(directory);
        steps = new LinuxSteps(guest.shell(Redaction.of(List.of("hunter22"))), Map.of("TOKEN", "it's hunter22"));
    }

    private List<String> perform(String yaml) {
        recipes.step("debian", yaml).perform(steps);
        return guest.events;
    }

    @Test
    void a_file_is_copied_and_gets_its_mode_and_owner() {
        recipes.write("agent.conf", "x");

        assertThat(perform("- {file: agent.conf, to: /etc/, mode: 0640, owner: root:adm}"))
                .containsExactly(
                        "copy agent.conf to /etc/agent.conf",
                        "sh -e -s 2>&1\nchmod 0640 '/etc/agent.conf'\nchown root:adm '/etc/agent.conf'");
    }

    @Test
    void of_a_directory_only_what_was_copied_gets_a_mode() {
        recipes.write("tree/etc/one", "x");

        assertThat(perform("- {file: tree, to: /, mode: 0600}"))
                .containsExactly("copy tree to /tree", "sh -e -s 2>&1\nchmod 0600 '/tree/etc/one'");
    }

    @Test
    void a_text_is_written_where_its_directory_may_be_missing() {
        assertThat(perform("- {text: hello, to: \"/etc/a b/it's\"}").get(0))
                .isEqualTo("umask 022 && mkdir -p -- \"$(dirname -- '/etc/a b/it'\\''s')\""
                        + " && cat > '/etc/a b/it'\\''s'\nhello");
    }

    @Test
    void package_files_alone_are_installed_without_a_network() {
        recipes.write("a.deb", "x");
        recipes.write("b.deb", "x");

        assertThat(perform("- package: [a.deb, b.deb]"))
                .containsExactly(
                        "copy a.deb to /var/tmp/sanboot-recipe/0/a.deb",
                        "copy b.deb to /var/tmp/sanboot-recipe/1/b.deb",
                        "umask 022 && mkdir -p -- \"$(dirname -- '/run/sanboot-recipe/install.sh')\""
                                + " && cat > '/run/sanboot-recipe/install.sh'\n"
                                + "export DEBIAN_FRONTEND=noninteractive\n"
                                + "dpkg --install '/var/tmp/sanboot-recipe/0/a.deb' '/var/tmp/sanboot-recipe/1/b.deb'",
                        running("sh -e '/run/sanboot-recipe/install.sh'") + "\n" + PATH
                                + "\nexport TOKEN='it'\\''s hunter22'",
                        "rm -rf /var/tmp/sanboot-recipe");
    }

    @Test
    void names_of_packages_are_the_package_managers() {
        recipes.write("a.deb", "x");

        assertThat(perform("- package: [nginx, a.deb]"))
                .anySatisfy(event -> assertThat(event).endsWith("""
                        apt-get -qq update
                        apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install nginx '/var/tmp/sanboot-recipe/0/a.deb'
                        apt-get clean"""));
    }

    @Test
    void a_script_runs_by_its_own_interpreter_or_by_a_shell_that_stops_at_the_first_failure() {
        recipes.write("setup.py", "#!/usr/bin/env python3\nprint(1)\n");
        recipes.write("setup.sh", "true\n");

        perform("- {script: setup.py, arguments: --now 'a  b'}");
        perform("- script: setup.sh");

        assertThat(guest.events)
                .filteredOn(event -> event.startsWith("eval"))
                .extracting(event -> event.lines().findFirst().orElseThrow())
                .containsExactly(
                        running("/usr/bin/env python3 '/run/sanboot-recipe/setup.py' --now 'a  b'"),
                        running("sh -e '/run/sanboot-recipe/setup.sh'"));
        assertThat(guest.shown).endsWith("script setup.sh").contains("script setup.py");
    }

    private static String running(String line) {
        String output = "/run/sanboot-recipe/.output";
        return "eval \"$(cat)\"; rm -f %1$s; (umask 077; : >%1$s); trap : TERM; %2$s </dev/null >>%1$s 2>&1; set -- $?; cat %1$s; exit $1"
                .formatted(output, line);
    }

    @Test
    void two_packages_of_one_name_do_not_meet() {
        recipes.write("a/agent.deb", "x");
        recipes.write("b/agent.deb", "y");

        assertThat(perform("- package: [a/agent.deb, b/agent.deb]"))
                .contains(
                        "copy agent.deb to /var/tmp/sanboot-recipe/0/agent.deb",
                        "copy agent.deb to /var/tmp/sanboot-recipe/1/agent.deb")
                .anySatisfy(event -> assertThat(event)
                        .endsWith("dpkg --install '/var/tmp/sanboot-recipe/0/agent.deb'"
                                + " '/var/tmp/sanboot-recipe/1/agent.deb'"));
    }

    @Test
    void what_fails_is_told_with_the_end_of_its_output_and_without_secrets() {
        guest.status = 3;
        guest.output = "line\n".repeat(100) + "wrong token hunter22\n";

        assertThatThrownBy(() -> perform("- run: agent --login"))
                .isInstanceOf(TestException.class)
                .hasMessageStartingWith("ended with status 3 after 1.2 s; the end of its output:\n    line\n")
                .hasMessageEndingWith("    wrong token [redacted]")
                .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(21));
        guest.output = "";
        assertThatThrownBy(() -> perform("- run: agent --login"))
                .hasMessage("ended with status 3 after 1.2 s; it printed nothing");
        guest.hangs = true;
        guest.output = "hunter22";
        assertThatThrownBy(() -> perform("- run: agent --login"))
                .hasMessageEndingWith("[redacted]")
                .hasNoCause();
    }

    @Test
    void only_root_can_do_the_steps() {
        guest.output = "1000\n";

        assertThatThrownBy(steps::begin)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("need root")
                .hasMessageContaining("debian");
    }

    @Test
    void nothing_of_the_steps_is_left_when_the_guest_shuts_down() {
        steps.shutDown();

        assertThat(guest.events)
                .containsExactly("rm -rf /run/sanboot-recipe /var/tmp/sanboot-recipe; sync", "power button");
    }

    @Test
    @Timeout(20)
    void what_a_step_leaves_running_does_not_hold_up_its_end() throws Exception {
        Process shell = started("echo one; sleep 25 & echo two; exit 7");

        // An ssh server of OpenSSH's waits for this end as well.
        assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8)).isEqualTo("one\ntwo\n");
        assertThat(shell.waitFor()).isEqualTo(7);
    }

    @Test
    @Timeout(20)
    void what_a_step_has_printed_is_told_though_its_time_is_over() throws Exception {
        Process shell = started("echo one; sleep 60");
        await("the step has printed").until(() -> Files.exists(output()) && Files.size(output()) > 0);

        // As the guest's processes are ended, children and parents alike.
        shell.descendants().forEach(ProcessHandle::destroy);
        shell.toHandle().destroy();

        assertThat(new String(shell.getInputStream().readAllBytes(), UTF_8)).startsWith("one\n");
        assertThat(output()).isRegularFile();
        assertThat(Files.getPosixFilePermissions(output()))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    private Path output() {
        return directory.resolve("recipe/.output");
    }

    /** Does on this host what would be done in the guest. */
    private Process started(String script) throws Exception {
        recipes.write("setup.sh", script);
        List<String> command = perform("- script: setup.sh")
                .get(1)
                .replace("/run/sanboot-recipe", directory + "/recipe")
                .lines()
                .toList();
        recipes.write("recipe/setup.sh", script);
        Process shell = new ProcessBuilder("sh", "-c", command.get(0)).start();
        try (OutputStream input = shell.getOutputStream()) {
            input.write(String.join("\n", command.subList(1, command.size())).getBytes(UTF_8));
        }
        return shell;
    }
}
