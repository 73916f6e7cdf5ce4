package org.sanboot.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
                        "copy a.deb to /var/tmp/sanboot-recipe/a.deb",
                        "copy b.deb to /var/tmp/sanboot-recipe/b.deb",
                        "umask 022 && mkdir -p -- \"$(dirname -- '/run/sanboot-recipe/install.sh')\""
                                + " && cat > '/run/sanboot-recipe/install.sh'\n"
                                + "export DEBIAN_FRONTEND=noninteractive\n"
                                + "dpkg --install '/var/tmp/sanboot-recipe/a.deb' '/var/tmp/sanboot-recipe/b.deb'",
                        "eval \"$(cat)\"; exec sh -e '/run/sanboot-recipe/install.sh' </dev/null 2>&1\n" + PATH
                                + "\nexport TOKEN='it'\\''s hunter22'",
                        "rm -rf /var/tmp/sanboot-recipe");
    }

    @Test
    void names_of_packages_are_the_package_managers() {
        recipes.write("a.deb", "x");

        assertThat(perform("- package: [nginx, a.deb]"))
                .anySatisfy(event -> assertThat(event).endsWith("""
                        apt-get -qq update
                        apt-get -qq -y --no-install-recommends -o Dpkg::Options::=--force-confold install nginx '/var/tmp/sanboot-recipe/a.deb'
                        apt-get clean"""));
    }

    @Test
    void a_script_runs_by_its_own_interpreter_or_by_a_shell_that_stops_at_the_first_failure() {
        recipes.write("setup.py", "#!/usr/bin/env python3\nprint(1)\n");
        recipes.write("setup.sh", "true\n");

        perform("- {script: setup.py, arguments: --now 'a b'}");
        perform("- script: setup.sh");

        assertThat(guest.events)
                .filteredOn(event -> event.startsWith("eval"))
                .extracting(event -> event.lines().findFirst().orElseThrow())
                .containsExactly(
                        "eval \"$(cat)\"; exec /usr/bin/env python3 '/run/sanboot-recipe/setup.py' --now 'a b' </dev/null 2>&1",
                        "eval \"$(cat)\"; exec sh -e '/run/sanboot-recipe/setup.sh' </dev/null 2>&1");
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
}
