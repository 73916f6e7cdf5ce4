package org.sanboot.install;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleWatchTest {

    private final List<String> lines = new ArrayList<>();
    private final ConsoleWatch console =
            new ConsoleWatch((text, isComplete) -> lines.add(text + (isComplete ? "|" : "")));

    @Test
    void a_line_is_seen_as_it_grows_and_without_colours() {
        console.accept("log\u001b[3");
        console.accept("1min: ");
        console.accept("\r\nnext");

        assertThat(lines).containsExactly("log", "login: ", "login: |", "next");
    }

    @Test
    void a_cursor_that_is_sent_elsewhere_begins_a_line() {
        console.accept("50%\u001b[2;29H60%\u001b[7mbar\u001b[0m\u001bM");

        assertThat(lines).containsExactly("50%|", "60%bar");
    }
}
