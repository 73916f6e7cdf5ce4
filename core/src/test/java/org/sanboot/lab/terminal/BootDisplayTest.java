package org.sanboot.lab.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;

class BootDisplayTest {

    private final List<String> printed = new ArrayList<>();

    @Test
    void where_lines_cannot_be_rewritten_each_stage_is_a_line() {
        BootDisplay display = new BootDisplay(Terminal.plain(printed::add), "> ");

        display.reached("test", progress("server", BootStage.FIRMWARE_LOGIN, 1500));
        display.reached("test", progress("server", BootStage.GUEST_READY, 12_000));
        display.ended("test");

        assertThat(printed)
                .extracting(String::strip)
                .containsExactly("> server (debian): firmware login 1.5 s", "> server (debian): guest ready 12.0 s");
    }

    @Test
    void on_a_terminal_one_line_has_the_last_stage_of_all_that_boots_and_only_ready_ones_stay() {
        BootDisplay display = new BootDisplay(Terminal.rewriting(printed::add, false), "> ");

        display.reached("test", progress("server", BootStage.FIRST_READ, 1500));
        display.reached("test", progress("client", BootStage.FIRMWARE_LOGIN, 1600));
        assertThat(printed)
                .last()
                .asString()
                .endsWith("> server (debian): first read 1.5 s, client (debian): firmware login 1.6 s");

        display.reached("test", progress("server", BootStage.GUEST_READY, 12_000));
        assertThat(printed)
                .last()
                .asString()
                .contains("> server (debian): guest ready 12.0 s" + System.lineSeparator())
                .endsWith("> client (debian): firmware login 1.6 s");

        display.ended("test");
        assertThat(printed).last().asString().doesNotContain("client");
    }

    @Test
    void what_there_is_to_know_about_a_boot_stays_on_a_terminal_too() {
        BootDisplay display = new BootDisplay(Terminal.rewriting(printed::add, false), "> ");

        display.reached(
                "test",
                new BootProgress(
                        "server", "debian", BootStage.CLONED, Duration.ZERO, "cold start, because it has a TPM"));

        assertThat(printed)
                .last()
                .asString()
                .contains("> server (debian): cold start, because it has a TPM" + System.lineSeparator());
    }

    private static BootProgress progress(String host, BootStage stage, long milliseconds) {
        return new BootProgress(host, "debian", stage, Duration.ofMillis(milliseconds));
    }
}
