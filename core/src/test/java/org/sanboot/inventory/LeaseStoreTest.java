package org.sanboot.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;

class LeaseStoreTest {

    private static final Duration NO_WAIT = Duration.ZERO;
    private static final Duration EXPIRY = Duration.ofMinutes(1);

    @TempDir
    private Path directory;

    private final SettableClock clock = new SettableClock();
    private LeaseStore store;
    private LeaseStore other;

    @BeforeEach
    void openTwice() {
        store = new FileLeaseStore(directory.resolve("leases"), clock, EXPIRY);
        other = new FileLeaseStore(directory.resolve("leases"), clock, EXPIRY);
    }

    @AfterEach
    void close() {
        store.close();
        other.close();
    }

    @Test
    void a_host_is_leased_once_and_again_when_it_was_given_back() {
        Lease lease = acquire(store, "one", "nuc");

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> acquire(other, "two", "nuc"))
                .withMessageContaining("for two")
                .withMessageContaining("nuc is held by")
                .withMessageContaining("for one");
        lease.close();
        try (Lease next = acquire(other, "two", "nuc")) {
            assertThat(next.takenOverFrom()).isEmpty();
            assertThat(next.isHeld()).isTrue();
            assertThat(lease.isHeld()).isFalse();
        }
    }

    @Test
    void a_lease_names_whoever_holds_it() {
        acquire(store, "AgentUpgradeTests", "nuc");

        assertThat(store.list()).singleElement().satisfies(state -> {
            assertThat(state.host()).isEqualTo("nuc");
            assertThat(state.purpose()).isEqualTo("AgentUpgradeTests");
            assertThat(state.holder())
                    .hasValueSatisfying(holder -> assertThat(holder.pid())
                            .isEqualTo(ProcessHandle.current().pid()));
            assertThat(state.since()).contains(clock.instant());
            assertThat(state.abandoned()).isFalse();
        });
    }

    @Test
    void the_preferred_host_is_taken_when_it_is_free() {
        assertThat(acquire(store, "one", "nuc-1", "nuc-2").host()).isEqualTo("nuc-1");
        assertThat(acquire(store, "two", "nuc-1", "nuc-2").host()).isEqualTo("nuc-2");
    }

    @Test
    void several_hosts_are_taken_together_or_not_at_all() {
        List<List<String>> any = List.of(List.of("nuc-1", "nuc-2"), List.of("nuc-1"));

        List<Lease> both = store.acquire(new LeaseRequest(any, "both", NO_WAIT));

        assertThat(both).extracting(Lease::host).containsExactly("nuc-2", "nuc-1");
        both.get(0).close();
        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> other.acquire(new LeaseRequest(any, "again", NO_WAIT)));
        assertThat(acquire(other, "one", "nuc-2").host()).isEqualTo("nuc-2");
    }

    @Test
    void who_waits_for_two_hosts_is_not_overtaken_by_who_wants_one_of_them() {
        Lease first = acquire(store, "first", "nuc-1");
        CompletableFuture<List<Lease>> pair = CompletableFuture.supplyAsync(() -> other.acquire(
                new LeaseRequest(List.of(List.of("nuc-1"), List.of("nuc-2")), "pair", Duration.ofSeconds(20))));
        await("the pair is queued").until(() -> store.queue().size() == 1);

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> acquire(store, "overtaker", "nuc-2"))
                .withMessageContaining("nuc-2 is free, but others were first");
        first.close();
        assertThat(pair.join()).extracting(Lease::host).containsExactly("nuc-1", "nuc-2");
        assertThat(store.queue()).isEmpty();
    }

    @Test
    void a_lease_without_a_sign_of_life_goes_to_the_next_who_learns_of_it() {
        Lease hung = acquire(store, "hung", "nuc");

        clock.advance(EXPIRY.plusSeconds(1));
        assertThat(store.list())
                .singleElement()
                .satisfies(state -> assertThat(state.abandoned()).isTrue());
        Lease next = acquire(other, "next", "nuc");

        assertThat(next.takenOverFrom())
                .hasValueSatisfying(owner -> assertThat(owner.pid())
                        .isEqualTo(ProcessHandle.current().pid()));
        assertThat(hung.isHeld()).isFalse();
        hung.close();
        assertThat(next.isHeld()).as("after the one who lost it gave it back").isTrue();
    }

    @Test
    void only_an_abandoned_host_can_be_taken_over() {
        acquire(store, "busy", "nuc");

        assertThat(other.takeOver("nuc")).isEmpty();
        assertThat(other.takeOver("never-leased")).isEmpty();
        clock.advance(EXPIRY.plusSeconds(1));
        assertThat(other.takeOver("nuc"))
                .hasValueSatisfying(lease -> assertThat(lease.takenOverFrom()).isPresent());
    }

    @Test
    void three_failed_boots_in_a_row_set_a_host_aside_until_it_is_released() {
        Lease lease = acquire(store, "test", "nuc");
        assertThat(lease.bootFailed("no DHCP")).isFalse();
        assertThat(lease.bootFailed("no DHCP")).isFalse();
        lease.bootSucceeded();
        assertThat(lease.bootFailed("no DHCP")).isFalse();
        assertThat(lease.bootFailed("no DHCP")).isFalse();
        assertThat(lease.bootFailed("no script")).isTrue();
        lease.close();

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> acquire(store, "next", "nuc"))
                .withMessageContaining("3 boots in a row failed, the last one: no script")
                .withMessageContaining("sanboot hosts release nuc");
        assertThat(acquire(store, "next", "nuc", "nuc-2").host()).isEqualTo("nuc-2");
        assertThat(other.readmit("nuc")).isTrue();
        assertThat(other.readmit("nuc")).isFalse();
        assertThat(acquire(store, "next", "nuc").host()).isEqualTo("nuc");
    }

    @Test
    void an_interrupted_wait_leaves_the_queue() throws InterruptedException {
        acquire(store, "busy", "nuc");
        Thread waiting = new Thread(() -> {
            try {
                other.acquire(new LeaseRequest(List.of(List.of("nuc")), "waits", Duration.ofMinutes(1)));
            } catch (InfrastructureException e) {
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
        });
        waiting.start();
        await("it is queued").until(() -> store.queue().size() == 1);

        waiting.interrupt();
        waiting.join();
        assertThat(store.queue()).isEmpty();
    }

    @Test
    void the_files_are_open_to_whom_the_directory_is_open_to() throws IOException {
        acquire(store, "any", "nuc");

        Path made = directory.resolve("leases");
        assertThat(mode(made)).isEqualTo("rwxrwxrwx");
        assertThat(mode(made.resolve("leases.json"))).isEqualTo("rw-rw-rw-");
        assertThat(mode(made.resolve("lock"))).isEqualTo("rw-rw-rw-");

        Path ofAGroup = Files.createDirectory(directory.resolve("of-a-group"));
        Files.setPosixFilePermissions(ofAGroup, PosixFilePermissions.fromString("rwxrwx---"));
        try (LeaseStore group = LeaseStore.in(ofAGroup)) {
            acquire(group, "any", "nuc");
            assertThat(mode(ofAGroup.resolve("leases.json"))).isEqualTo("rw-rw----");
        }
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private static Lease acquire(LeaseStore store, String purpose, String... hosts) {
        return store.acquire(new LeaseRequest(List.of(List.of(hosts)), purpose, NO_WAIT))
                .get(0);
    }

    /** Time goes by when it is told to. */
    private static final class SettableClock extends Clock {

        private volatile Instant now = Instant.parse("2026-11-22T12:00:00Z");

        void advance(Duration duration) {
            now = now.plus(duration);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneId.of("UTC");
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
