package org.sanboot.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;

class RecipeTest {

    @TempDir
    private Path directory;

    private RecipeFixture recipes;

    @BeforeEach
    void makeParents() {
        recipes = RecipeFixture.in(directory);
    }

    @Test
    void a_recipe_says_what_is_done_in_its_order() {
        recipes.write("agent.conf", "x");
        recipes.write("agent.deb", "x");
        recipes.write("setup.sh", "true");

        Recipe recipe = recipes.read("""
                parent: debian
                firmware: bios
                memory: 1G
                cpus: 2
                readyTimeout: 10m
                proxy: http://10.0.2.2:3128
                environment: {LANG: C.UTF-8}
                secrets: {TOKEN: env:AGENT_TOKEN}
                steps:
                  - {file: agent.conf, to: /etc/, mode: 0640, owner: root:adm}
                  - text: |
                      one
                      two
                    to: /etc/motd
                  - package: [agent.deb, nginx]
                    timeout: 20m
                  - {script: setup.sh, arguments: --now}
                  - run: systemctl enable agent
                  - reboot: true
                check:
                  - systemctl is-active agent
                """);

        Step.Access access = new Step.Access(Optional.of("0640"), Optional.of("root:adm"));
        Duration usual = Duration.ofMinutes(10);
        assertThat(recipe.steps())
                .containsExactly(
                        new Step.CopyFile(10, directory.resolve("agent.conf"), "/etc/agent.conf", access),
                        new Step.WriteText(11, "one\ntwo\n", "/etc/motd", Step.Access.DEFAULT),
                        new Step.InstallPackages(
                                15,
                                List.of(directory.resolve("agent.deb")),
                                List.of("nginx"),
                                "",
                                Duration.ofMinutes(20)),
                        new Step.RunScript(17, directory.resolve("setup.sh"), "--now", usual),
                        new Step.RunCommands(18, "run", "systemctl enable agent", usual),
                        new Step.Reboot(19));
        assertThat(recipe.checks())
                .containsExactly(new Step.RunCommands(21, "check", "systemctl is-active agent", usual));
        assertThat(recipe.outline())
                .contains(
                        "line 10: file /etc/agent.conf", "line 11: text /etc/motd", "line 15: package agent.deb, nginx")
                .endsWith("line 21: check: systemctl is-active agent");
        assertThat(recipe.environment())
                .containsEntry("LANG", "C.UTF-8")
                .containsEntry("http_proxy", "http://10.0.2.2:3128")
                .containsEntry("HTTPS_PROXY", "http://10.0.2.2:3128");
        assertThat(recipe.secrets()).hasToString("{TOKEN=env:AGENT_TOKEN}");
        assertThat(recipe.machine().firmware()).contains(Firmware.BIOS);
        assertThat(recipe.machine().memoryMebibytes()).isEqualTo(1024);
        assertThat(recipe.machine().cpus()).isEqualTo(2);
        assertThat(recipe.machine().readyTimeout()).isEqualTo(usual);
    }

    @Test
    void an_image_is_called_as_the_recipe_or_its_file_or_the_caller_says() {
        String steps = "parent: debian\nsteps: [{run: 'true'}]";

        assertThat(recipes.read(steps).name()).isEqualTo("agent");
        assertThat(recipes.read("name: other\n" + steps).name()).isEqualTo("other");
        assertThat(recipes.read(steps).named("third").name()).isEqualTo("third");
        assertThatThrownBy(() -> recipes.read(steps).named("Third!")).isInstanceOf(ConfigurationException.class);
    }

    @Test
    void all_mistakes_are_reported_together_with_their_lines() {
        assertThatThrownBy(() -> recipes.read("""
                        name: Agent
                        parent: debian
                        memori: 1G
                        memory: 1
                        proxy: squid
                        environment: {my-name: x}
                        secrets: {TOKEN: hunter2}
                        steps:
                          - {file: missing.conf, to: etc/missing.conf, mode: rwx}
                          - {copy: x}
                          - {run: a, script: b}
                          - {package: [Nginx, missing.deb, agent.msi], arguments: /x}
                          - {driver: netkvm}
                          - {registry: 'HKLM\\SOFTWARE\\Agent', values: {Level: 1}}
                          - {run: sleep 1, timeout: soon}
                          - just text
                          - {reboot: please}
                        """))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("""
                        %1$s/agent.yaml has 22 mistakes:
                          line 1: 'name' of the recipe: "Agent" is no name for an image: it takes 1 to 63 lower-case letters, digits, dots, underscores and hyphens, and starts with a letter or digit.
                          line 3: the recipe has no 'memori'; it knows check, cpus, environment, firmware, memory, name, parent, proxy, readyTimeout, secrets, steps
                          line 4: 'memory' of the recipe: '1' has no unit; write 1M or 1G, for example.
                          line 5: 'proxy' of the recipe: 'squid' is not a proxy such as http://10.0.2.2:3128, which is this host as the guest sees it.
                          line 6: 'my-name' cannot be the name of an environment variable
                          line 7: 'TOKEN' of 'secrets' of the recipe: A secret is referred to by env:NAME, file:PATH or command:WORDS.
                          line 9: 'file' of a step: There is no readable %1$s/missing.conf.
                          line 9: 'to' of a step: 'etc/missing.conf' is not an absolute path in the guest, such as /etc/agent.conf.
                          line 9: 'mode' of a step: 'rwx' is not a mode such as 0644 or u=rw,go=r.
                          line 10: a step is one of driver, file, package, reboot, registry, run, script, text
                          line 11: a step is one of driver, file, package, reboot, registry, run, script, text, not run and script
                          line 12: 'Nginx' is not the name of a package, or a .deb file.
                          line 12: There is no readable %1$s/missing.deb.
                          line 12: 'agent.msi' is not a .deb file; a step 'run' installs others.
                          line 12: 'arguments' are for Windows installers only
                          line 13: a step 'driver' is for Windows guests, and the parent's is Linux
                          line 13: 'driver' of a step: There is no readable %1$s/netkvm.
                          line 14: a step 'registry' is for Windows guests, and the parent's is Linux
                          line 15: 'timeout' of a step: 'soon' is not a time such as 500ms, 30s or 5m.
                          line 16: a step must be a mapping, key: value
                          line 16: a step is one of driver, file, package, reboot, registry, run, script, text
                          line 17: a step 'reboot' is written as 'reboot: true'""".formatted(directory));
    }

    @Test
    void texts_are_taken_as_they_stand_and_may_be_empty() {
        assertThat(recipes.read("parent: debian\nenvironment: {A: '', B: ' b '}\nsteps: [{run: 'true'}]")
                        .environment())
                .containsEntry("A", "")
                .containsEntry("B", " b ");
        assertThat(recipes.step("debian", "- {text: '', to: /etc/empty}"))
                .isEqualTo(new Step.WriteText(3, "", "/etc/empty", Step.Access.DEFAULT));
        assertThat(recipes.step("win11", """
                - registry: HKLM\\SOFTWARE\\Agent
                  values:
                    Empty: ''
                    Blanks: ' a '
                    No strings: []
                    Typed: {list: []}
                    Said: {string: ''}
                    Bytes: {binary: ''}
                """))
                .isEqualTo(new Step.SetRegistry(
                        3,
                        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent",
                        List.of(
                                new RegistryValue("Empty", RegistryValue.Type.STRING, List.of("")),
                                new RegistryValue("Blanks", RegistryValue.Type.STRING, List.of(" a ")),
                                new RegistryValue("No strings", RegistryValue.Type.LIST, List.of()),
                                new RegistryValue("Typed", RegistryValue.Type.LIST, List.of()),
                                new RegistryValue("Said", RegistryValue.Type.STRING, List.of("")),
                                new RegistryValue("Bytes", RegistryValue.Type.BINARY, List.of("")))));
        assertThatThrownBy(() -> recipes.step("win11", """
                - registry: HKLM\\SOFTWARE\\Agent
                  values:
                    Forgotten:
                    Ended: [a, '', b]
                    Number: {dword: ''}
                    Two: {string: [a, b]}
                """))
                .hasMessageContaining("line 5: 'Forgotten' of 'values' of a step must be one value or a list")
                .hasMessageContaining("line 6: a list of strings cannot hold an empty one")
                .hasMessageContaining("line 7: '' is not a number of 32 bits")
                .hasMessageContaining("line 8: a string is one value");
        assertThatThrownBy(() -> recipes.step("debian", "- {text: , to: /etc/forgotten}"))
                .hasMessageContaining("'text' of a step must be one value");
    }

    @Test
    void lists_of_registry_strings_differ_in_the_digest_by_where_one_ends() {
        String yaml = "parent: win11\nsteps: [{registry: 'HKLM\\A', values: {B: [%s]}}]";

        assertThat(recipes.read(yaml.formatted("c, d")).digest())
                .isNotEqualTo(recipes.read(yaml.formatted("'c, d'")).digest());
    }

    @Test
    void a_recipe_that_is_a_directory_or_not_in_utf_8_is_a_sentence() throws IOException {
        Path latin =
                Files.write(directory.resolve("latin.yaml"), "parent: débian".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> Recipe.read(directory, recipes.catalogue()))
                .hasMessage("The recipe %s is a directory; name a file in it.".formatted(directory));
        assertThatThrownBy(() -> Recipe.read(latin, recipes.catalogue())).hasMessageContaining("is not UTF-8");
    }

    @Test
    void what_could_not_be_copied_is_refused_when_the_recipe_is_read() throws Exception {
        recipes.write("tree/file", "x");
        Path link = Files.createSymbolicLink(directory.resolve("tree/link"), Path.of("file"));
        assertThat(recipes.step("debian", "- {file: tree, to: /etc/tree}")).isInstanceOf(Step.CopyFile.class);

        Files.delete(directory.resolve("tree/file"));
        assertThatThrownBy(() -> recipes.step("debian", "- {file: tree, to: /etc/tree}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("line 3: 'file' of a step: %s is a link to nothing".formatted(link));
        Files.delete(link);

        assertThat(new ProcessBuilder("mkfifo", link.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> recipes.step("debian", "- {file: tree, to: /etc/tree}"))
                .hasMessageContaining("%s is neither a file nor a directory".formatted(link));
        Files.delete(link);

        Files.createSymbolicLink(link, Path.of("."));
        assertThatThrownBy(() -> recipes.step("debian", "- {file: tree, to: /etc/tree}"))
                .hasMessageContaining("tree cannot be copied as a whole");
    }

    @Test
    void a_script_or_a_package_that_is_a_directory_is_refused() {
        recipes.write("tree.deb/file", "x");

        assertThatThrownBy(() -> recipes.step("debian", "- script: ."))
                .hasMessageContaining(
                        "line 3: 'script' of a step: %s is not a file but a directory".formatted(directory));
        assertThatThrownBy(() -> recipes.step("debian", "- package: tree.deb"))
                .hasMessageContaining("tree.deb is not a file but a directory");
    }

    @Test
    void what_a_windows_guest_takes_is_read_for_windows_only() {
        recipes.write("netkvm/netkvm.inf", "x");
        recipes.write("agent.msi", "x");

        assertThat(recipes.step("win11", "- driver: netkvm/netkvm.inf"))
                .isEqualTo(new Step.InstallDrivers(3, directory.resolve("netkvm"), Duration.ofMinutes(10)));
        assertThat(recipes.step("win11", "- {package: agent.msi, arguments: LEVEL=1}")
                        .title())
                .isEqualTo("package agent.msi");
        assertThat(recipes.step("win11", """
                - registry: HKLM\\SOFTWARE\\Agent
                  values:
                    (default): text
                    Level: 0x1f
                    Number as text: '5'
                    Big: {qword: 18446744073709551615}
                    Path: {expand: '%SystemRoot%\\agent'}
                    List: [a, b]
                    Bytes: {binary: 00 FF}
                """))
                .isEqualTo(new Step.SetRegistry(
                        3,
                        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent",
                        List.of(
                                new RegistryValue("", RegistryValue.Type.STRING, List.of("text")),
                                new RegistryValue("Level", RegistryValue.Type.DWORD, List.of("31")),
                                new RegistryValue("Number as text", RegistryValue.Type.STRING, List.of("5")),
                                new RegistryValue("Big", RegistryValue.Type.QWORD, List.of("18446744073709551615")),
                                new RegistryValue("Path", RegistryValue.Type.EXPAND, List.of("%SystemRoot%\\agent")),
                                new RegistryValue("List", RegistryValue.Type.LIST, List.of("a", "b")),
                                new RegistryValue("Bytes", RegistryValue.Type.BINARY, List.of("00ff")))));
        assertThatThrownBy(() -> recipes.step("win11", "- {text: x, to: /etc/x, mode: 0644}"))
                .hasMessageContaining("line 3: 'to' of a step: '/etc/x' is not an absolute path in the guest")
                .hasMessageContaining("line 3: 'mode' means nothing to Windows");
        assertThatThrownBy(() -> recipes.step("win11", "- registry: Software\n  values: {Level: {dword: x, qword: 1}}"))
                .hasMessageContaining("'Software' is not a registry key such as HKLM\\SOFTWARE\\Agent")
                .hasMessageContaining("a value has one type and its data");
        assertThatThrownBy(() -> recipes.step("bsd", "- run: true"))
                .hasMessageContaining("line 1: the guest of 'bsd' is neither Linux nor Windows");
    }

    @Test
    void the_digest_is_of_what_is_done_and_not_of_how_it_is_written() {
        recipes.write("agent.conf", "one");
        String yaml = """
                parent: debian
                steps:
                  - {file: agent.conf, to: /etc/agent.conf}
                  - run: 'true'
                """;
        String digest = recipes.read(yaml).digest();

        assertThat(digest).hasSize(64);
        assertThat(recipes.read("""
                        # a comment
                        name: other
                        parent: debian
                        readyTimeout: 7m
                        steps:
                          - to: /etc/agent.conf
                            file: ./agent.conf

                          - run: "true"
                            timeout: 1m
                        """).digest()).isEqualTo(digest);
        assertThat(recipes.read(yaml.replace("'true'", "'false'")).digest()).isNotEqualTo(digest);
        assertThat(recipes.read(yaml + "check: 'true'").digest()).isNotEqualTo(digest);
        assertThat(recipes.read(yaml + "environment: {A: b}").digest()).isNotEqualTo(digest);
        assertThat(recipes.read(yaml + "memory: 1G").digest()).isNotEqualTo(digest);
        assertThat(recipes.read(yaml.replace("}", ", mode: 0600}")).digest()).isNotEqualTo(digest);
        Path file = recipes.write("agent.conf", "two");
        assertThat(recipes.read(yaml).digest()).isNotEqualTo(digest);
        recipes.write("agent.conf", "one");
        assertThat(recipes.read(yaml).digest()).isEqualTo(digest);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        assertThat(recipes.read(yaml).digest()).isNotEqualTo(digest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"debian-agent", "win11-agent"})
    void the_examples_have_no_mistakes(String example) throws IOException {
        recipes.write("agent.service", "x");
        recipes.write("agent.msi", "x");
        recipes.write("setup.ps1", "x");
        recipes.write("netkvm/netkvm.inf", "x");
        Path file = Files.copy(Path.of("../examples/recipes", example + ".yaml"), directory.resolve(example + ".yaml"));

        assertThat(Recipe.read(file, recipes.catalogue()).name()).isEqualTo(example);
    }

    @Test
    void a_recipe_that_is_not_there_and_one_without_steps_are_each_a_sentence() {
        assertThatThrownBy(() -> Recipe.read(directory.resolve("none.yaml"), recipes.catalogue()))
                .hasMessage("The recipe %s does not exist.".formatted(directory.resolve("none.yaml")));
        assertThatThrownBy(() -> recipes.read("parent: debian")).hasMessageContaining("the recipe has no 'steps'");
        assertThatThrownBy(() -> recipes.read("parent: debian\nsteps: []"))
                .hasMessageContaining("line 2: there is nothing to do: 'steps' is empty");
        assertThatThrownBy(() -> recipes.read("steps: []\nparent: nothing"))
                .hasMessageContaining("line 2: 'parent' of the recipe: There is no image \"nothing\"");
    }
}
