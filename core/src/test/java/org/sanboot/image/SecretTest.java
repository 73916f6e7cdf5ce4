package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

class SecretTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"key:/home/me/.ssh/id", "env:GUEST_PASSWORD", "file:/run/secret", "command:pass show guest"})
    void a_reference_is_written_as_it_was_read(String reference) {
        assertThat(Secret.parse(reference)).hasToString(reference);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hunter2", "plain:hunter2", "env:", "env:hunter 2!"})
    void what_is_no_reference_is_refused_without_being_repeated(String given) {
        assertThatThrownBy(() -> Secret.parse(given))
                .isInstanceOf(ConfigurationException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter"));
    }

    @Test
    void a_password_is_the_first_line_of_its_file(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("password"), "correct horse\nbattery\n");
        assertThat(password("file:" + file)).isEqualTo("correct horse");
        assertThatThrownBy(() -> password("file:" + directory.resolve("missing")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("missing");
        Files.writeString(file, "");
        assertThatThrownBy(() -> password("file:" + file)).hasMessageContaining("is empty");
    }

    @Test
    void an_unset_variable_is_named() {
        assertThatThrownBy(() -> password("env:SANBOOT_NO_SUCH_VARIABLE"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("SANBOOT_NO_SUCH_VARIABLE is not set");
    }

    @Test
    void a_password_is_the_first_line_that_a_command_prints() {
        assertThat(password("command:printf 'one\\ntwo\\n'")).isEqualTo("one");
        assertThatThrownBy(() -> password("command:exit 3")).hasMessageContaining("failed with status 3");
    }

    private static String password(String reference) {
        return ((Secret.Password) Secret.parse(reference)).read();
    }
}
