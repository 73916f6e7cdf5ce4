package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the builders of guest images say when they cannot go on; mmdebstrap is played by a script. */
@Tag("boot")
class GuestScriptsTest {

    @TempDir
    Path directory;

    @Test
    void an_mmdebstrap_that_cannot_work_here_is_quoted_and_no_mirror_is_asked_for() throws Exception {
        play(
                "echo 'E: unprivileged user namespaces are not available' >&2; echo 'E: nothing is left to try' >&2; exit 1");

        assertThat(debianSources())
                .isEqualTo(
                        "guest-image.sh: mmdebstrap could not begin to install Debian bookworm: E: unprivileged user namespaces are not available E: nothing is left to try");
    }

    @Test
    void what_mmdebstrap_says_in_other_words_is_quoted_whole() throws Exception {
        play("echo 'no such option' >&2; exit 2");

        assertThat(debianSources()).endsWith("Debian bookworm: no such option");
    }

    @Test
    void an_mmdebstrap_that_works_says_where_packages_are() throws Exception {
        play("echo 'deb http://mirror.example/debian bookworm main'; echo 'E: setup-hook failed' >&2; exit 1");

        assertThat(debianSources()).isEqualTo("deb http://mirror.example/debian bookworm main");
    }

    private void play(String script) throws IOException {
        Path program = Files.writeString(directory.resolve("mmdebstrap"), "#!/bin/sh\n" + script + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
    }

    private String debianSources() throws IOException, InterruptedException {
        ProcessBuilder shell = new ProcessBuilder(
                        "bash",
                        "-c",
                        ". \"$0\"; debian_sources",
                        guestImageScript().toString())
                .redirectErrorStream(true);
        shell.environment().put("PATH", directory + ":" + System.getenv("PATH"));
        shell.environment().remove("SANBOOT_DEBIAN_SUITE");
        shell.environment().remove("SANBOOT_DEBIAN_MIRROR");
        Process process = shell.start();
        try (var output = process.inputReader()) {
            String said = String.join("\n", output.lines().toList());
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return said;
        }
    }

    private static Path guestImageScript() {
        Path script = Path.of("guests/guest-image.sh");
        return Files.exists(script) ? script : Path.of("examples").resolve(script);
    }
}
