package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class CommandResultAssertTest {

    private static final CommandResult LISTED =
            new CommandResult("ls /srv", 0, "data\nweb\n", "", Duration.ofMillis(12));
    private static final CommandResult NOT_FOUND =
            new CommandResult("ls 100%", 2, "", "ls: cannot access '100%'\n", Duration.ofMillis(7));

    @Test
    void the_usual_assertThat_knows_what_can_be_said_of_a_command() {
        assertThat(LISTED).succeeded().hasExitStatus(0).hasOutput("data\nweb").outputContains("web");
        assertThat(NOT_FOUND).failed().hasExitStatus(2);
    }

    @Test
    void a_failure_shows_the_command_the_status_and_both_streams() {
        assertThatThrownBy(() -> assertThat(NOT_FOUND).succeeded())
                .isInstanceOf(AssertionError.class)
                .hasMessage("""

                        Expected in the guest:
                          ls 100%
                        to end with status 0 but it ended with 2 after 7 ms.
                        standard output:
                          (nothing)
                        standard error:
                          ls: cannot access '100%'""");
    }

    @Test
    void a_description_stands_before_the_failure() {
        assertThatThrownBy(() -> assertThat(NOT_FOUND).as("listing").succeeded())
                .hasMessageStartingWith("[listing]");
    }

    @Test
    void success_is_reported_where_failure_was_expected() {
        assertThatThrownBy(() -> assertThat(LISTED).failed())
                .hasMessageContaining("ls /srv")
                .hasMessageContaining("but it succeeded")
                .hasMessageContaining("  web");
    }

    @Test
    void other_output_is_shown_beside_the_expected_one() {
        assertThatThrownBy(() -> assertThat(LISTED).hasOutput("data"))
                .hasMessageContainingAll("to print:", "  data", "  web");
        assertThatThrownBy(() -> assertThat(LISTED).outputContains("mail"))
                .hasMessageContainingAll("to print something with:", "  mail", "  web");
    }

    @Test
    void of_long_output_the_end_is_shown() {
        var chatty = new CommandResult("yes", 1, "y\n".repeat(10_000) + "last words", "", Duration.ofSeconds(1));

        assertThatThrownBy(() -> assertThat(chatty).succeeded())
                .hasMessageContaining("characters before this)")
                .hasMessageContaining("last words")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(12_000));
    }

    @Test
    void nothing_is_known_of_a_missing_result() {
        assertThatThrownBy(() -> new CommandResultAssert(null).succeeded()).hasMessageContaining("not to be null");
    }
}
