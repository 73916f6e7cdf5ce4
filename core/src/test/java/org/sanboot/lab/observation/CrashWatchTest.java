package org.sanboot.lab.observation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.sanboot.lab.Crash;

class CrashWatchTest {

    private Instant now = Instant.parse("2026-01-01T12:00:00Z");
    private final CrashWatch watch = new CrashWatch(() -> now);

    @Test
    void a_crash_before_the_guest_was_ready_is_a_failed_boot() {
        watch.saw("the guest panicked");
        watch.guestIsReady();
        assertThat(watch.crash()).isEmpty();
    }

    @Test
    void the_first_crash_counts_with_the_time_at_which_it_was_seen() {
        watch.guestIsReady();
        watch.saw("Kernel panic - not syncing: sysrq");
        Instant seen = now;
        now = now.plusSeconds(1);
        watch.saw("the guest panicked");
        assertThat(watch.crash()).contains(new Crash("Kernel panic - not syncing: sysrq", seen));
    }

    @Test
    void who_switches_the_power_knows_of_the_crash_and_the_next_one_counts_again() {
        watch.guestIsReady();
        watch.saw("the guest panicked");
        watch.forget();
        assertThat(watch.crash()).isEmpty();
        watch.saw("the guest panicked again");
        assertThat(watch.crash()).map(Crash::what).contains("the guest panicked again");
    }
}
