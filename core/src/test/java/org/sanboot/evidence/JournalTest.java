package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.TestException;

class JournalTest {

    private static final Instant NOW = Instant.parse("2026-11-22T15:30:12.345Z");

    @TempDir
    Path directory;

    private final AtomicReference<Redaction> redaction = new AtomicReference<>(Redaction.none());
    private Instant now = NOW;

    @Test
    void each_step_is_told_with_its_time_and_its_end() {
        Journal journal = journal(1 << 20);
        Journal.Step command = journal.begin(Journal.Kind.COMMAND, "systemctl restart agent\n");
        now = NOW.plusMillis(1500);
        command.exited(3, "Job for agent.service failed.\n");
        journal.begin(Journal.Kind.POWER, "power cut").done();
        journal.begin(Journal.Kind.WAIT, "ready").failed(new TestException("no login\nand more"));

        assertThat(JournalEntry.read(directory))
                .containsExactly(
                        new JournalEntry(
                                1,
                                NOW,
                                "command",
                                "systemctl restart agent",
                                Duration.ofMillis(1500),
                                3,
                                "Job for agent.service failed.",
                                null),
                        new JournalEntry(2, now, "power", "power cut", Duration.ZERO, null, null, null),
                        new JournalEntry(3, now, "wait", "ready", Duration.ZERO, null, null, "no login\nand more"));
    }

    @Test
    void it_is_on_disk_as_it_happens_and_an_interrupt_does_not_end_it() {
        Journal journal = journal(1 << 20);
        Thread.currentThread().interrupt();
        journal.begin(Journal.Kind.COMMAND, "sleep 600");

        assertThat(JournalEntry.read(directory)).singleElement().satisfies(entry -> {
            assertThat(entry.what()).isEqualTo("sleep 600");
            assertThat(entry.took()).isNull();
        });
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void secrets_do_not_reach_the_file() {
        redaction.set(Redaction.of(List.of("S3cret-Licence")));
        Journal journal = journal(1 << 20);
        journal.begin(Journal.Kind.COMMAND, "activate S3cret-Licence").exited(1, "bad key S3cret-Licence");
        journal.begin(Journal.Kind.COMMAND, "x").failed(new TestException("S3cret-Licence"));

        assertThat(directory.resolve("journal.jsonl"))
                .content()
                .doesNotContain("S3cret")
                .contains("[redacted]");
    }

    @Test
    void of_a_long_output_the_end_is_kept() {
        journal(1 << 20).begin(Journal.Kind.COMMAND, "cat log").exited(0, "x".repeat(10 << 20) + "the end");

        assertThat(JournalEntry.read(directory))
                .singleElement()
                .satisfies(entry -> assertThat(entry.said())
                        .startsWith("[...] xxx")
                        .endsWith("the end")
                        .hasSizeLessThan(5_000));
    }

    @Test
    void a_journal_without_an_end_keeps_its_first_and_its_last_steps() throws IOException {
        Journal journal = journal(4_000);
        for (int i = 1; i <= 1_000; i++) {
            journal.begin(Journal.Kind.COMMAND, "step " + i).done();
        }

        long bytes = 0;
        for (Path file : journal.files().values()) {
            bytes += Files.size(file);
        }
        assertThat(bytes).isLessThan(3 * 4_000);
        List<JournalEntry> entries = JournalEntry.read(directory);
        assertThat(entries.get(0).number()).isEqualTo(1);
        assertThat(entries.get(entries.size() - 1).number()).isEqualTo(1_000);
        assertThat(entries).hasSizeBetween(60, 300);
    }

    @Test
    void what_a_process_wrote_when_it_died_is_read_as_far_as_it_goes() throws IOException {
        journal(1 << 20).begin(Journal.Kind.COMMAND, "ls").done();
        Files.writeString(directory.resolve("journal.jsonl"), "{\"n\":2,\"at\":\"2026-", StandardOpenOption.APPEND);

        assertThat(JournalEntry.read(directory))
                .singleElement()
                .satisfies(entry -> assertThat(entry.what()).isEqualTo("ls"));
    }

    @Test
    void without_a_directory_it_notes_nothing_and_harms_nobody() {
        Journal journal = Journal.in(directory.resolve("nowhere"), Redaction::none);

        journal.begin(Journal.Kind.COMMAND, "ls").done();

        assertThat(JournalEntry.read(directory.resolve("nowhere"))).isEmpty();
    }

    private Journal journal(int bytes) {
        Clock clock = new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return now;
            }
        };
        return Journal.in(directory, redaction::get, clock, bytes, bytes);
    }
}
