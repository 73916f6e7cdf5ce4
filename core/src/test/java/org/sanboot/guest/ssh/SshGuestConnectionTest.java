package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

@Timeout(30)
class SshGuestConnectionTest {

    private final FakeGuest fake = new FakeGuest().start();

    @TempDir
    Path directory;

    @AfterEach
    void close() throws Exception {
        fake.close();
    }

    @Test
    void a_private_key_logs_in() throws Exception {
        Path key = FakeGuest.key(directory.resolve("id"), "");

        try (var guest = new SshGuest(configuration(new SshAuthentication.PrivateKey(key)))) {
            assertThat(guest.run("exit 0")).succeeded();
        }
    }

    @Test
    void a_key_that_is_missing_unusable_or_locked_is_told_before_anything_is_booted() throws Exception {
        Path locked = FakeGuest.key(directory.resolve("locked"), "secret");
        Path text = Files.writeString(directory.resolve("text"), "no key at all\n");

        assertRefused(directory.resolve("missing"), "missing does not exist");
        assertRefused(directory, "cannot be read");
        assertRefused(text, "text is no private key that can be used");
        assertRefused(locked, "locked is protected by a passphrase; 'ssh-keygen -p -N \"\" -f");
    }

    private void assertRefused(Path key, String message) {
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> new SshGuest(configuration(new SshAuthentication.PrivateKey(key))))
                .withMessageContaining(message);
    }

    @Test
    void a_wrong_password_is_the_user_s_to_fix_and_is_not_repeated_in_the_message() {
        try (var guest = new SshGuest(fake.configuration("wrong horse"))) {
            assertThatExceptionOfType(ConfigurationException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessageContainingAll("refuses user 'tester' with the password given")
                    .withMessageNotContaining("horse");
        }
    }

    @Test
    void no_secret_is_in_what_a_configuration_prints() {
        assertThat(fake.configuration("top secret").toString())
                .contains("tester", "the password given")
                .doesNotContain("secret");
    }

    @Test
    void values_that_make_no_sense_are_refused_by_name() {
        SshConfiguration good = fake.configuration();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> SshConfiguration.of(fake::address, " ", good.authentication()))
                .withMessageContaining("user");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> good.withConnectTimeout(Duration.ZERO))
                .withMessage("connectTimeout (PT0S) must be positive");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> good.withKeepAlive(Duration.ofSeconds(-1)))
                .withMessageContaining("keepAlive (PT-1S)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> good.withRefusalPatience(Duration.ofSeconds(-1)))
                .withMessageContaining("refusalPatience");
    }

    @Test
    void a_connection_that_died_in_between_is_replaced_without_a_word() {
        try (var guest = fake.connect()) {
            guest.run("exit 0");
            fake.dropConnections();

            assertThat(guest.run("exit 0")).succeeded();
        }
    }

    @Test
    void after_disconnecting_the_next_command_goes_over_a_new_connection_to_wherever_the_guest_is_then()
            throws Exception {
        var second = new FakeGuest();
        second.server().setKeyPairProvider(fake.server().getKeyPairProvider());
        second.onCommand("which", e -> {
                    e.print("second");
                    e.exit(0);
                })
                .start();
        var now = new Object() {
            InetSocketAddress address = fake.address();
        };
        try (second;
                var guest = new SshGuest(SshConfiguration.of(
                        () -> now.address, FakeGuest.USER, fake.configuration().authentication()))) {
            guest.run("exit 0");
            now.address = second.address();
            guest.disconnect();

            assertThat(guest.run("which")).hasOutput("second");
            await("the old connection to be gone").until(() -> fake.sessions() == 0);
        }
    }

    @Test
    void another_host_key_than_on_first_contact_is_not_accepted_until_the_first_is_forgotten() {
        try (var guest = fake.connect()) {
            guest.run("exit 0");
            fake.newHostKey();
            guest.disconnect();

            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessageContainingAll(
                            "Not the guest that was there before", "SHA256:", "Another machine took its place");

            guest.forgetHostKey();
            assertThat(guest.run("exit 0")).succeeded();
        }
    }

    @Test
    void a_guest_where_nothing_listens_cannot_be_reached() throws Exception {
        SshConfiguration configuration = fake.configuration();
        InetSocketAddress address = fake.address();
        fake.close();

        try (var guest = new SshGuest(at(address, configuration))) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessageContainingAll(
                            "ssh server at",
                            String.valueOf(address.getPort()),
                            "cannot be reached: Connection refused");
        }
    }

    @Test
    void a_guest_that_is_silent_is_given_up_after_the_connect_time_out() throws Exception {
        try (var silent = new ServerSocket(0);
                var guest = new SshGuest(at(
                        new InetSocketAddress("127.0.0.1", silent.getLocalPort()),
                        fake.configuration().withConnectTimeout(Duration.ofMillis(200))))) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessageContaining("accepts connections and then says nothing");
        }
    }

    @Test
    void a_host_name_that_is_unknown_is_named() {
        var nowhere = InetSocketAddress.createUnresolved("no-such-host.invalid", 22);

        try (var guest = new SshGuest(at(nowhere, fake.configuration()))) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessageContaining("host name no-such-host.invalid is unknown");
        }
    }

    @Test
    void a_machine_that_is_off_has_no_guest() {
        var configuration = SshConfiguration.of(
                () -> {
                    throw new IllegalStateException("the machine is off");
                },
                FakeGuest.USER,
                fake.configuration().authentication());

        try (var guest = new SshGuest(configuration)) {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.run("exit 0"))
                    .withMessage("The guest cannot be reached: the machine is off");
        }
    }

    @Test
    void a_closed_guest_takes_no_commands_and_closes_again_in_peace() {
        var guest = fake.connect();
        guest.run("exit 0");

        guest.close();
        guest.close();

        assertThatIllegalStateException().isThrownBy(() -> guest.run("exit 0"));
        await("the connection to be gone").until(() -> fake.sessions() == 0);
    }

    @Test
    void disconnecting_ends_a_connection_that_is_being_made() throws Exception {
        try (var silent = new ServerSocket(0);
                var guest = new SshGuest(at(
                        new InetSocketAddress("127.0.0.1", silent.getLocalPort()),
                        fake.configuration().withConnectTimeout(Duration.ofSeconds(20))))) {
            var ended = new CountDownLatch(1);
            Thread test = new Thread(() -> {
                assertThatExceptionOfType(InfrastructureException.class).isThrownBy(() -> guest.run("exit 0"));
                ended.countDown();
            });
            test.start();
            try (var accepted = silent.accept()) {
                accepted.getInputStream().read();
                guest.disconnect();
                assertThat(ended.await(5, java.util.concurrent.TimeUnit.SECONDS))
                        .isTrue();
            }
        }
    }

    private SshConfiguration configuration(SshAuthentication authentication) {
        return SshConfiguration.of(fake::address, FakeGuest.USER, authentication);
    }

    private static SshConfiguration at(InetSocketAddress address, SshConfiguration configuration) {
        return SshConfiguration.of(() -> address, configuration.user(), configuration.authentication())
                .withConnectTimeout(configuration.connectTimeout());
    }
}
