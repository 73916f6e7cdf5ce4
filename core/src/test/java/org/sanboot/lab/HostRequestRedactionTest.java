package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;

class HostRequestRedactionTest {

    @TempDir
    Path directory;

    @Test
    void secrets_are_read_from_where_the_references_say() throws IOException {
        Path file = Files.writeString(directory.resolve("licence"), "from-file\n");

        HostRequest request = HostRequest.of("debian")
                .redact("file:" + file + ", command:echo from,command\ncommand:echo from-line")
                .build();

        assertThat(request.redaction().apply("from-file from,command from-line"))
                .isEqualTo("[redacted] [redacted] [redacted]");
    }

    @Test
    void no_reference_is_no_secret() {
        assertThat(HostRequest.of("debian").redact("").build().redaction().apply("text"))
                .isEqualTo("text");
    }

    @Test
    void a_secret_that_was_given_instead_of_a_reference_is_refused_and_not_quoted() {
        assertThatThrownBy(() -> HostRequest.of("debian").redact("hunter2hunter2"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("referred to, not given")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> HostRequest.of("debian").redact("key:/root/key"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("not by key:PATH");
    }
}
