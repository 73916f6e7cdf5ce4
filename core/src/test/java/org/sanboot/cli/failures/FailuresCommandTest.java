package org.sanboot.cli.failures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;

class FailuresCommandTest {

    @TempDir
    Path home;

    private CommandRun command;

    @BeforeEach
    void openStore() {
        command = new CommandRun(home);
    }

    @Test
    void a_store_without_failures_says_so() {
        assertThat(command.run("list")).isZero();
        assertThat(command.output()).startsWith("No failure is kept in ");
        assertThat(command.run("list", "--json")).isZero();
        assertThat(command.output()).isEqualToIgnoringWhitespace("[]");
    }

    @Test
    void a_list_lines_up_and_shows_no_control_characters() {
        Failure failure = keep("Agent.works", "it said\n\u001b[2Jno");
        command.store().pin(failure);
        command.run("list");

        assertThat(command.output().lines())
                .hasSize(2)
                .anySatisfy(line -> assertThat(line).matches("ID +KIND +SIZE +AGE +WHAT WAS SAID"))
                .anySatisfy(line -> assertThat(line)
                        .matches(failure.id() + "  failed, pinned +[0-9.]+ KiB  0 min  it said  \\[2Jno"));
    }

    @Test
    void a_list_fits_the_terminal() {
        keep("Agent.works", "long ".repeat(100));
        command.terminalWidth = 100;
        command.run("list");

        assertThat(command.output().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        assertThat(command.output()).contains("…");
    }

    @Test
    void json_has_what_a_program_needs() throws IOException {
        Failure failure = keep("Agent.works", "no");
        command.run("list", "--json");
        JsonNode json = new ObjectMapper().readTree(command.output()).get(0);

        assertThat(json.get("id").asText()).isEqualTo(failure.id());
        assertThat(json.get("kind").asText()).isEqualTo("TEST");
        assertThat(json.get("disk").asText()).isEqualTo(failure.disk().toString());
        assertThat(json.get("allocatedBytes").asLong()).isPositive();

        command.run("show", failure.id(), "--json");
        assertThat(new ObjectMapper()
                        .readTree(command.output())
                        .at("/manifest/schema")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void a_failure_is_shown_with_the_commands_for_it() {
        Failure failure = keep("Agent.works", "first\nsecond");
        assertThat(command.run("show", failure.id())).isZero();

        assertThat(command.output())
                .contains("debian (sha256 abc)", "  first\n  second\n", "sanboot failures delete " + failure.id());
    }

    @Test
    void the_report_is_found() {
        Failure failure = keep("Agent.works", "no");
        command.run("open", "--print", failure.id());
        assertThat(command.output()).isEqualToIgnoringNewLines(failure.report().toString());
        command.run("open", "--print");
        assertThat(command.output()).endsWith("index.html\n");
    }

    @Test
    void failures_are_pinned_unpinned_and_deleted_by_a_beginning_of_their_id() {
        Failure failure = keep("Agent.works", "no");
        assertThat(command.run("pin", failure.id().substring(0, 20))).isZero();
        assertThat(command.run("delete", failure.id())).isEqualTo(2);
        assertThat(command.errors()).startsWith("sanboot: The failure ").contains("unpin");
        assertThat(command.run("unpin", failure.id())).isZero();
        assertThat(command.run("delete", failure.id())).isZero();
        assertThat(command.store().list()).isEmpty();
    }

    @Test
    void nothing_is_deleted_when_one_of_the_ids_is_unknown() {
        Failure failure = keep("Agent.works", "no");

        assertThat(command.run("delete", failure.id(), "nonsense")).isEqualTo(2);
        assertThat(command.errors()).contains("There is no failure nonsense. Did you mean " + failure.id() + "?");
        assertThat(command.store().list()).containsExactly(failure);
    }

    @Test
    void a_dry_run_deletes_nothing() throws IOException {
        Failure failure = keep("Agent.works", "no");
        Failure other = keep("Agent.works", "no");

        command.run("prune", "--keep", "1");
        assertThat(command.output()).as("their run still lasts").startsWith("Nothing is over the budget.");
        Files.delete(failure.directory().resolve(".keeper"));
        Files.delete(other.directory().resolve(".keeper"));

        command.run("prune", "--keep", "1", "--dry-run");
        assertThat(command.output()).isEqualToIgnoringNewLines("would delete " + failure.id());
        assertThat(command.store().list()).hasSize(2);

        command.run("prune", "--keep", "1");
        assertThat(command.output()).isEqualToIgnoringNewLines("deleted " + failure.id());
        assertThat(command.store().list()).containsExactly(other);
        command.run("prune");
        assertThat(command.output()).startsWith("Nothing is over the budget.");
    }

    @Test
    void ages_and_sizes_are_read_as_people_write_them() {
        assertThat(PruneCommand.duration("14d")).isEqualTo(Duration.ofDays(14));
        assertThat(PruneCommand.duration("90m")).isEqualTo(Duration.ofMinutes(90));
        assertThatThrownBy(() -> PruneCommand.duration("2 weeks")).isInstanceOf(ConfigurationException.class);
        assertThat(command.run("prune", "--size", "500MiB", "--dry-run")).isZero();
        assertThat(command.run("prune", "--size", "many")).isEqualTo(2);
        assertThat(command.errors()).contains("'many' is not a size");
        assertThat(command.run("prune", "--keep", "0")).isEqualTo(2);
        assertThat(command.errors()).contains("the count (0) must be at least 1");
    }

    @Test
    void a_failure_becomes_an_image_by_the_catalogues_hand() {
        Failure failure = keep("Agent.works", "no");
        command.run("promote", failure.id(), "debian-broken");

        assertThat(command.promoted).containsExactly(failure.id() + " debian-broken");
    }

    @Test
    void a_wrong_command_ends_with_2_and_a_missing_disk_with_1() throws IOException {
        assertThat(command.run()).isEqualTo(2);
        assertThat(command.run("explode")).isEqualTo(2);
        assertThat(command.run("show")).isEqualTo(2);
        Failure failure = keep("Agent.works", "no");
        assertThat(command.run("export", failure.id(), "x.floppy")).isEqualTo(2);
        assertThat(command.errors()).contains("The format (floppy) must be qcow2, raw or vhdx");
        assertThat(command.run("--help")).isZero();
        assertThat(command.output()).contains("Exit codes:", "prune");
    }

    private Failure keep(String test, String message) {
        try {
            Path disk = Files.writeString(Files.createTempFile(home, "overlay", null), "disk");
            return command.store()
                    .keep(
                            new FailureDescription(
                                    test, test, FailureDescription.Kind.TEST, new AssertionError(message)),
                            Evidence.of(disk, new Evidence.Image("debian", "abc", Path.of("/debian.raw")))
                                    .text("console.log", "text")
                                    .build());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
