package org.sanboot.lab.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalTest {

    private final StringBuilder written = new StringBuilder();

    @Test
    void a_terminal_has_one_line_that_is_rewritten_below_those_that_stay() {
        Terminal terminal = Terminal.rewriting(written::append, false);

        terminal.status("first read");
        terminal.status("guest ready");
        terminal.print("stays");
        terminal.status("");

        assertThat(written).hasToString("""
                <first read<guest ready<stays
                guest ready<""".replace("<", "\r\u001b[K"));
    }

    @Test
    void the_rewritten_line_never_wraps() {
        Terminal.rewriting(written::append, false).status("x".repeat(200));

        assertThat(written).hasToString("\r\u001b[K" + "x".repeat(78) + "…");
    }

    @Test
    void plain_lines_are_never_rewritten_and_have_no_colour() {
        Terminal terminal = Terminal.plain(written::append);

        terminal.status("first read");
        terminal.print(terminal.bad("failed"));

        assertThat(written).hasToString("failed" + System.lineSeparator());
        assertThat(terminal.rewrites()).isFalse();
    }

    @Test
    void colours_come_only_where_they_are_wanted() {
        assertThat(Terminal.rewriting(written::append, true).bad("failed")).isEqualTo("\u001b[31mfailed\u001b[0m");
        assertThat(Terminal.rewriting(written::append, true).doubtful("flaky")).isEqualTo("\u001b[33mflaky\u001b[0m");
        assertThat(Terminal.rewriting(written::append, false).bad("failed")).isEqualTo("failed");
    }

    @Test
    void what_is_no_terminal_gets_plain_lines_whatever_the_environment_says() {
        // There is no such descriptor.
        Terminal terminal = Terminal.of(999, written::append, Map.of("TERM", "xterm")::get);

        assertThat(terminal.rewrites()).isFalse();
    }
}
