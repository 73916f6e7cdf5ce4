package org.sanboot.lab.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.FailureStore;
import org.sanboot.lab.LabSummary;

class LabTallyTest {

    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

    @TempDir
    Path directory;

    private final LabTally tally = new LabTally();

    @Test
    void a_machine_that_was_never_ready_was_in_no_use_however_long_its_evidence_took() {
        tally.ended(null, NOON, NOON.plusSeconds(3), Duration.ofMillis(100));

        assertThat(summary().inUse()).isZero();
        assertThat(summary().ending()).isEqualTo(Duration.ofSeconds(3));
        assertThat(summary().keeping()).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void evidence_is_no_part_of_the_test() {
        tally.ended(NOON, NOON.plusSeconds(60), NOON.plusSeconds(62), Duration.ofSeconds(5));

        assertThat(summary().inUse()).isEqualTo(Duration.ofSeconds(55));
        assertThat(summary().ending()).isEqualTo(Duration.ofSeconds(2));
        assertThat(summary().keeping()).isEqualTo(Duration.ofSeconds(5));
    }

    @Test
    void a_clock_that_is_set_back_takes_nothing_off() {
        tally.ended(NOON, NOON.plusSeconds(60), NOON.plusSeconds(62), Duration.ZERO);
        tally.ended(NOON, NOON.minusSeconds(3600), NOON.minusSeconds(7200), Duration.ZERO);

        assertThat(summary().inUse()).isEqualTo(Duration.ofSeconds(60));
        assertThat(summary().ending()).isEqualTo(Duration.ofSeconds(2));
    }

    private LabSummary summary() {
        return tally.summary(FailureStore.at(directory));
    }
}
