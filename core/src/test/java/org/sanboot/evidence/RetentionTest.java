package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Keeper.Liveness;

class RetentionTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Duration AGES = Duration.ofDays(1000);

    @TempDir
    Path home;

    @Test
    void the_oldest_go_when_there_are_too_many() {
        var policy = new Retention(2, AGES, Long.MAX_VALUE);

        assertThat(expired(policy, candidate("a", 9, 1, true), candidate("b", 5, 1, true), candidate("c", 1, 1, true)))
                .containsExactly("a");
    }

    @Test
    void what_is_too_old_goes_whatever_room_there_is() {
        var policy = new Retention(100, Duration.ofDays(7), Long.MAX_VALUE);

        assertThat(expired(policy, candidate("a", 9, 1, true), candidate("b", 8, 1, true), candidate("c", 7, 1, true)))
                .containsExactly("a", "b");
    }

    @Test
    void the_oldest_go_until_the_rest_fits_the_bytes() {
        var policy = new Retention(100, AGES, 100);

        assertThat(expired(
                        policy, candidate("a", 9, 60, true), candidate("b", 5, 60, true), candidate("c", 1, 40, true)))
                .containsExactly("a");
    }

    @Test
    void what_may_not_go_takes_its_room_and_the_next_one_goes() {
        var policy = new Retention(1, AGES, Long.MAX_VALUE);

        assertThat(expired(
                        policy, candidate("a", 9, 1, false), candidate("b", 5, 1, true), candidate("c", 1, 1, false)))
                .containsExactly("b");
    }

    @Test
    void a_runs_first_failures_outlive_its_last_and_older_runs_go_before() {
        var policy = new Retention(2, AGES, Long.MAX_VALUE);

        assertThat(expired(
                        policy,
                        candidate("old1", "old", 9, 1, Liveness.DEAD),
                        candidate("old2", "old", 8, 1, Liveness.DEAD),
                        candidate("new1", "new", 7, 1, Liveness.DEAD),
                        candidate("old3", "old", 6, 1, Liveness.DEAD),
                        candidate("new2", "new", 5, 1, Liveness.DEAD),
                        candidate("new3", "new", 4, 1, Liveness.DEAD)))
                .containsExactly("old3", "old2", "old1", "new3");
    }

    @Test
    void what_cannot_be_told_goes_only_when_it_is_too_old() {
        var policy = new Retention(1, Duration.ofDays(7), 1);

        assertThat(expired(
                        policy,
                        candidate("ancient", "r", 9, 5, Liveness.UNKNOWN),
                        candidate("recent", "s", 5, 5, Liveness.UNKNOWN),
                        candidate("mine", "t", 1, 5, Liveness.DEAD)))
                .containsExactly("ancient", "mine");
    }

    @Test
    void nothing_that_a_living_run_has_kept_goes_however_much_it_is() {
        var policy = new Retention(3, AGES, 1);
        List<Failure> kept = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            kept.add(keepAlive(policy, "one run", "test" + i, 25 - i));
        }
        FailureStore another = FailureStore.at(home).withRetention(policy);
        another.prune(policy);
        assertThat(kept).allSatisfy(failure -> assertThat(failure.disk()).exists());

        another.runEnded("one run");
        another.prune(new Retention(3, AGES, Long.MAX_VALUE));

        assertThat(another.list()).containsExactlyInAnyOrderElementsOf(kept.subList(0, 3));
    }

    @Test
    void all_that_is_wrong_with_a_policy_is_said_at_once() {
        assertThatThrownBy(() -> new Retention(0, Duration.ZERO, -1))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("count (0)")
                .hasMessageContaining("age (PT0S)")
                .hasMessageContaining("bytes (-1)");
    }

    @Test
    void keeping_a_failure_makes_the_oldest_go_but_never_the_one_just_made() {
        var policy = new Retention(1, AGES, 1);
        Failure old = keep(policy, "old", 3);
        Failure recent = keepAlive(policy, "run", "recent", 2);

        assertThat(FailureStore.at(home).list()).containsExactly(recent);
        assertThat(old.directory()).doesNotExist();
    }

    @Test
    void a_pinned_failure_stays_and_does_not_count() {
        var policy = new Retention(1, AGES, Long.MAX_VALUE);
        Failure pinned = keep(policy, "pinned", 5);
        FailureStore.at(home).pin(pinned);
        Failure second = keep(policy, "second", 3);
        assertThat(FailureStore.at(home).list()).containsExactly(second, pinned);

        Failure third = keep(policy, "third", 1);
        assertThat(FailureStore.at(home).list()).containsExactly(third, pinned);
    }

    @Test
    void a_failure_in_use_stays() {
        var policy = new Retention(1, AGES, Long.MAX_VALUE);
        Failure used = keep(policy, "used", 5);
        try (var use = FailureStore.at(home).use(used)) {
            keep(policy, "second", 3);
            assertThat(used.disk()).exists();
        }
        keep(policy, "third", 1);
        assertThat(used.directory()).doesNotExist();
    }

    @Test
    void pruning_says_what_went() {
        keep(Retention.unlimited(), "a", 9);
        Failure recent = keep(Retention.unlimited(), "b", 0);

        assertThat(FailureStore.at(home).prune(new Retention(1, AGES, Long.MAX_VALUE)))
                .extracting(Failure::id)
                .singleElement()
                .asString()
                .contains("-a-");
        assertThat(FailureStore.at(home).list()).containsExactly(recent);
    }

    /** Keeps a failure of a run that has ended. */
    private Failure keep(Retention policy, String name, int daysAgo) {
        Failure failure = keepAlive(policy, name, name, daysAgo);
        FailureStore.at(home).runEnded(name);
        return failure;
    }

    private Failure keepAlive(Retention policy, String run, String name, int daysAgo) {
        try {
            Path disk = Files.writeString(home.resolve(name), "disk");
            return FailureStore.at(home)
                    .withRetention(policy)
                    .withClock(Clock.fixed(NOW.minus(Duration.ofDays(daysAgo)), ZoneOffset.UTC), new Random())
                    .keep(
                            new FailureDescription(name, name, FailureDescription.Kind.TEST, null),
                            Evidence.of(disk, new Evidence.Image("debian", "abc", Path.of("/debian.raw")))
                                    .run(run)
                                    .build());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Retention.Candidate candidate(String name, int daysAgo, long bytes, boolean mayGo) {
        return candidate(name, null, daysAgo, bytes, mayGo ? Liveness.DEAD : Liveness.ALIVE);
    }

    private static Retention.Candidate candidate(String name, String run, int daysAgo, long bytes, Liveness keeper) {
        return new Retention.Candidate(
                Failure.in(Path.of("/" + name)), run, NOW.minus(Duration.ofDays(daysAgo)), bytes, keeper);
    }

    private static List<String> expired(Retention policy, Retention.Candidate... oldestFirst) {
        return policy.expired(Arrays.asList(oldestFirst), NOW).stream()
                .map(Failure::id)
                .toList();
    }
}
