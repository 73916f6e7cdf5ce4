package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;

@Timeout(60)
class SshGuestReadinessTest {

    private static final Supplier<Optional<String>> HOPEFUL = Optional::empty;
    private static final Duration LONG = Duration.ofSeconds(20);

    private final FakeGuest fake = new FakeGuest();

    @AfterEach
    void close() throws Exception {
        fake.close();
    }

    @Test
    void a_guest_that_runs_commands_is_ready_over_a_single_connection() {
        var logins = new AtomicInteger();
        fake.server().setPasswordAuthenticator((user, password, session) -> logins.incrementAndGet() > 0);
        fake.start();

        try (var guest = fake.connect()) {
            guest.awaitReady(LONG, HOPEFUL);

            assertThat(guest.run("exit 0")).succeeded();
            assertThat(logins).hasValue(1);
            assertThat(fake.sessions()).isEqualTo(1);
        }
    }

    @Test
    void waiting_begins_with_a_new_connection_because_the_old_one_may_be_of_the_boot_before() {
        fake.start();
        try (var guest = fake.connect()) {
            guest.run("exit 0");
            List<?> before = List.copyOf(fake.server().getActiveSessions());

            guest.awaitReady(LONG, HOPEFUL);

            await("the old session to be gone").until(() -> fake.sessions() == 1);
            assertThat(List.<Object>copyOf(fake.server().getActiveSessions())).doesNotContainAnyElementsOf(before);
        }
    }

    @Test
    void a_guest_that_does_not_listen_yet_is_seen_soon_after_it_does() throws Exception {
        int port = freePort();
        fake.server().setPort(port);
        var listening = new AtomicLong();
        try (var guest = guestAt(port)) {
            CompletableFuture.runAsync(
                    () -> {
                        listening.set(System.nanoTime());
                        fake.start();
                    },
                    CompletableFuture.delayedExecutor(700, TimeUnit.MILLISECONDS));

            guest.awaitReady(LONG, HOPEFUL);

            assertThat(Duration.ofNanos(System.nanoTime() - listening.get())).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void a_port_that_accepts_and_closes_at_once_is_a_guest_that_still_boots() throws Exception {
        fake.start();
        try (var port = new FrontPort(fake, 3, Socket::close);
                var guest = guestAt(port.number())) {
            guest.awaitReady(LONG, HOPEFUL);

            assertThat(port.turnedAway()).isEqualTo(3);
            assertThat(guest.run("exit 0")).succeeded();
        }
    }

    @Test
    void a_port_that_accepts_and_is_silent_does_not_hold_up_the_attempt_that_is_answered() throws Exception {
        fake.start();
        try (var port = new FrontPort(fake, 1, socket -> {});
                var guest = guestAt(port.number())) {
            long start = System.nanoTime();
            guest.awaitReady(LONG, HOPEFUL);

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(3500));
        }
    }

    @Test
    void a_connection_that_drops_while_logging_in_is_no_refusal() {
        var attempts = new AtomicInteger();
        fake.server().setPasswordAuthenticator((user, password, session) -> {
            if (attempts.incrementAndGet() <= 4) {
                session.close(true);
            }
            return true;
        });
        fake.start();

        try (var guest = fake.connect()) {
            guest.awaitReady(LONG, HOPEFUL);
        }
        assertThat(attempts).hasValue(5);
    }

    @Test
    void a_guest_that_refuses_at_first_and_then_accepts_is_ready() {
        var attempts = new AtomicInteger();
        fake.server().setPasswordAuthenticator((user, password, session) -> attempts.incrementAndGet() > 1);
        fake.start();

        try (var guest = fake.connect()) {
            guest.awaitReady(LONG, HOPEFUL);
        }
    }

    @Test
    void a_guest_that_goes_on_refusing_has_other_credentials() {
        fake.start();

        try (var guest = new SshGuest(fake.configuration("wrong"))) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> guest.awaitReady(LONG, HOPEFUL))
                    .withMessageContaining("refuses user 'tester' with the password given");
        }
    }

    @Test
    void a_guest_that_logs_in_but_runs_nothing_yet_is_waited_for() {
        var runs = new AtomicInteger();
        fake.onCommand("exit 0", e -> e.exit(runs.incrementAndGet() < 3 ? 1 : 0))
                .start();

        try (var guest = fake.connect()) {
            guest.awaitReady(LONG, HOPEFUL);
        }
        assertThat(runs).hasValue(3);
    }

    @Test
    void a_time_out_tells_what_was_seen_last() throws Exception {
        int port = freePort();
        try (var guest = guestAt(port)) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(Duration.ofMillis(500), HOPEFUL))
                    .withMessage(
                            "The guest did not get ready within 500 ms; the last that was seen of it: nothing listens there (/127.0.0.1:%d)"
                                    .formatted(port));
        }
        fake.start();
        try (var port2 = new FrontPort(fake, Integer.MAX_VALUE, Socket::close);
                var guest = guestAt(port2.number())) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(Duration.ofMillis(500), HOPEFUL))
                    .withMessageContaining("closes connections at once, as when nothing listens in the guest yet");
        }
        try (var port3 = new FrontPort(fake, Integer.MAX_VALUE, socket -> {
                    socket.getOutputStream().write("Exceeded MaxStartups\r\n".getBytes());
                    socket.close();
                });
                var guest = guestAt(port3.number())) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(Duration.ofMillis(500), HOPEFUL))
                    .withMessageContaining("closes connections with the words 'Exceeded MaxStartups'");
        }
    }

    @Test
    void a_last_try_that_the_time_out_cut_short_does_not_hide_what_was_seen_before() {
        var runs = new AtomicInteger();
        fake.onCommand("reg query HKLM\\SYSTEM\\Setup", e -> {
                    if (runs.getAndIncrement() == 0) {
                        e.print("    OOBEInProgress    REG_DWORD    0x1\r\n");
                        e.exit(0);
                    }
                })
                .start();

        try (var guest = new SshGuest(fake.configuration().withSystem(GuestSystem.WINDOWS))) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(Duration.ofMillis(1500), HOPEFUL))
                    .withMessageContainingAll(
                            "Windows is still being set up (OOBEInProgress); then time ran out", "did not end within");
        }
        assertThat(runs).hasValueGreaterThan(1);
    }

    @Test
    void a_machine_that_has_died_is_not_waited_for() {
        fake.start();
        fake.onCommand("exit 0", e -> e.exit(1));
        var asked = new AtomicInteger();
        try (var guest = fake.connect()) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(
                            LONG,
                            () -> asked.incrementAndGet() < 4 ? Optional.empty() : Optional.of("QEMU has exited")))
                    .withMessageContainingAll(
                            "no use in waiting", "QEMU has exited", "the last that was seen of it: it logs in");
        }
    }

    @Test
    void another_host_key_ends_the_wait_at_once() {
        fake.start();
        try (var guest = fake.connect()) {
            guest.run("exit 0");
            fake.newHostKey();

            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(LONG, HOPEFUL))
                    .withMessageContaining("Not the guest that was there before");
        }
    }

    @Test
    void an_interrupt_ends_the_wait() throws Exception {
        try (var guest = guestAt(freePort())) {
            var outcome = new CompletableFuture<Throwable>();
            Thread test = new Thread(() -> {
                try {
                    guest.awaitReady(LONG, () -> {
                        Thread.currentThread().interrupt();
                        return Optional.empty();
                    });
                } catch (RuntimeException e) {
                    outcome.complete(e);
                }
            });
            test.start();

            assertThat(outcome.get(5, TimeUnit.SECONDS))
                    .hasMessageContaining("Interrupted while waiting for the guest");
        }
    }

    @Test
    void a_windows_guest_is_ready_when_its_setup_is_over() {
        var runs = new AtomicInteger();
        fake.onCommand("reg query HKLM\\SYSTEM\\Setup", e -> {
                    e.print(
                            "    OOBEInProgress    REG_DWORD    0x%d\r\n    SystemSetupInProgress    REG_DWORD    0x0\r\n"
                                    .formatted(runs.incrementAndGet() < 2 ? 1 : 0));
                    e.exit(0);
                })
                .start();

        try (var guest = new SshGuest(fake.configuration().withSystem(GuestSystem.WINDOWS))) {
            guest.awaitReady(LONG, HOPEFUL);
        }
        assertThat(runs).hasValue(2);
    }

    @Test
    void a_reboot_is_over_when_the_guest_is_in_another_boot_and_ready() {
        var boot = new AtomicInteger(1);
        var reboots = new AtomicInteger();
        fake.onCommand("cat /proc/sys/kernel/random/boot_id", e -> {
                    e.print("boot-" + boot.get() + "\n");
                    // Goes on for a while, as guests do that are asked to reboot.
                    boot.compareAndSet(1, reboots.get() == 0 ? 1 : 2);
                    e.exit(0);
                })
                .onCommand(rebootCommand(), e -> {
                    reboots.incrementAndGet();
                    fake.dropConnections();
                })
                .start();

        try (var guest = fake.connect()) {
            guest.reboot(LONG, HOPEFUL);

            assertThat(reboots).hasValue(1);
            assertThat(guest.bootId()).isEqualTo("boot-2");
        }
    }

    @Test
    void a_guest_that_refuses_to_reboot_or_only_says_it_will_fails_the_test() {
        fake.onCommand("cat /proc/sys/kernel/random/boot_id", e -> {
                    e.print("always the same");
                    e.exit(0);
                })
                .onCommand(rebootCommand(), e -> {
                    e.complain("sudo: a password is required\n");
                    e.exit(1);
                })
                .start();
        try (var guest = fake.connect()) {
            assertThatExceptionOfType(TestException.class)
                    .isThrownBy(() -> guest.reboot(LONG, HOPEFUL))
                    .withMessageContainingAll("refuses to reboot", "sudo: a password is required");

            fake.onCommand(rebootCommand(), e -> e.exit(0));
            assertThatExceptionOfType(TestException.class)
                    .isThrownBy(() -> guest.reboot(Duration.ofSeconds(1), HOPEFUL))
                    .withMessageContainingAll("did not reboot within", "goes on as if not asked to reboot");
        }
    }

    @Test
    void a_guest_that_does_not_come_back_from_a_reboot_is_the_lab_s_fault() {
        fake.onCommand("cat /proc/sys/kernel/random/boot_id", e -> {
                    e.print("the first");
                    e.exit(0);
                })
                .onCommand(rebootCommand(), e -> fake.close())
                .start();
        try (var guest = guestAt(fake.address().getPort())) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.reboot(Duration.ofSeconds(1), HOPEFUL))
                    .withMessageContainingAll("did not reboot within", "nothing listens");
        }
    }

    @Test
    void boots_of_an_unknown_system_cannot_be_told_apart() {
        fake.start();
        try (var guest = new SshGuest(fake.configuration().withSystem(GuestSystem.OTHER))) {
            guest.awaitReady(LONG, HOPEFUL);
            assertThatExceptionOfType(ConfigurationException.class).isThrownBy(guest::bootId);
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> guest.reboot(LONG, HOPEFUL))
                    .withMessageContaining("Linux and Windows");
        }
    }

    private static String rebootCommand() {
        return GuestSystem.LINUX.reboot().orElseThrow().text();
    }

    private SshGuest guestAt(int port) {
        var address = new InetSocketAddress("127.0.0.1", port);
        return new SshGuest(SshConfiguration.of(
                () -> address, FakeGuest.USER, fake.configuration().authentication()));
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
