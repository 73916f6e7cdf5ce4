package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommandTest {

    @Test
    void has_a_minute_and_speaks_utf_8_unless_told_otherwise() {
        assertThat(Command.of("uptime"))
                .isEqualTo(new Command("uptime", Duration.ofMinutes(1), StandardCharsets.UTF_8, "", "uptime"));
    }

    @Test
    void changes_one_thing_at_a_time() {
        Command command = Command.of("cat")
                .within(Duration.ofSeconds(3))
                .in(StandardCharsets.ISO_8859_1)
                .withInput("text");

        assertThat(command)
                .isEqualTo(new Command("cat", Duration.ofSeconds(3), StandardCharsets.ISO_8859_1, "text", "cat"));
    }

    @Test
    void refuses_a_time_out_that_is_over_already() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Command.of("true").within(Duration.ZERO))
                .withMessage("timeout (PT0S) must be positive");
    }
}
