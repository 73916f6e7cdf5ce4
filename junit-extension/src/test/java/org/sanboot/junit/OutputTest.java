package org.sanboot.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ByteSize;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.FailureStore;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.LabSummary;
import org.sanboot.lab.terminal.Terminal;

/** What is printed beside what the other tests see printed. */
class OutputTest {

    private final List<String> printed = new ArrayList<>();
    private final Output output = new Output(Terminal.plain(printed::add));

    @Test
    void a_kept_disk_has_its_report_its_console_and_its_last_screenshot_attached(@TempDir Path directory)
            throws Exception {
        Evidence evidence = Evidence.of(
                        Files.writeString(directory.resolve("overlay"), "disk"),
                        new Evidence.Image("debian", "0".repeat(64), directory.resolve("golden")))
                .text("console.log", "login:")
                .text("dmesg.txt", "all is well")
                .screenshot(Instant.parse("2026-01-02T03:04:05Z"), Files.writeString(directory.resolve("1"), "first"))
                .screenshot(Instant.parse("2026-01-02T03:04:08Z"), Files.writeString(directory.resolve("2"), "last"))
                .build();
        Failure failure = FailureStore.at(directory)
                .keep(new FailureDescription("id", "AgentTests.test()", Kind.TEST, null), evidence);

        output.kept("AgentTests.test()", "host", failure);

        assertThat(printed.get(0).lines())
                .startsWith("[sanboot] AgentTests.test(): the disk of host is kept in " + failure.directory())
                .endsWith(
                        "[[ATTACHMENT|%s]]".formatted(failure.report()),
                        "[[ATTACHMENT|%s]]".formatted(failure.directory().resolve("console.log")),
                        "[[ATTACHMENT|%s/screenshots/20260102T030408.000Z.png]]".formatted(failure.directory()))
                .hasSize(7);
    }

    @IscsiBooted(image = "debian")
    static class Passes {
        @Test
        void test(BootedHost host) {}
    }

    @Test
    void each_test_ends_with_a_line_that_says_what_its_machines_did_to_their_disks() {
        assertThat(CaseRun.of(Passes.class).printed())
                .contains("[sanboot] OutputTest.Passes.test() ended without a failure on"
                        + " host (debian, ready after 9.8 s; 812 reads of 33.0 MiB, 1 write of 4.0 KiB, 1 flush)");
    }

    @Test
    void the_summary_says_what_was_kept_and_what_of_it_was_flaky() {
        output.summary(new LabSummary(
                1,
                1,
                2,
                Duration.ofSeconds(21),
                Duration.ofSeconds(4),
                Duration.ofMillis(250),
                Duration.ofMillis(400),
                2,
                1,
                new ByteSize(5 << 20)));

        assertThat(printed)
                .containsExactly("[sanboot] 1 machine booted in 21.0 s on average, 1 did not boot, 2 clones made;"
                        + " boot 21.0 s, test 4.0 s, teardown 0.3 s, evidence 0.4 s; 2 failures kept (1 flaky) in 5.0 MiB"
                        + System.lineSeparator());
    }
}
