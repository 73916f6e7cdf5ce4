package org.sanboot.evidence.inspection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.sanboot.InfrastructureException;

class ToolsTest {

    @Test
    void a_program_gets_the_time_that_is_left_and_a_second_at_least() {
        assertThat(Tools.until(Instant.now().plusSeconds(60)).patience()).hasSeconds(59);
        assertThat(Tools.until(Instant.now().minusSeconds(60)).patience()).hasSeconds(1);
    }

    @Test
    void a_program_that_does_not_end_in_time_is_ended_and_that_is_said() {
        Tools tools = Tools.until(Instant.now());

        assertThatThrownBy(() -> tools.require("sleep", "600"))
                .isInstanceOf(InfrastructureException.class)
                .hasMessage("sleep failed: it did not end within 1 s");
    }

    @Test
    void the_last_line_of_what_a_program_complained_of_is_the_reason() {
        assertThatThrownBy(() -> Tools.PATIENT.require("sh", "-c", "echo first >&2; echo last >&2; exit 3"))
                .hasMessage("sh failed: last");
    }
}
