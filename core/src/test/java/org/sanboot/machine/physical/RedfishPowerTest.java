package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;

class RedfishPowerTest {

    @TempDir
    private Path directory;

    private final List<Duration> pauses = new ArrayList<>();
    private RedfishStandIn service;

    @BeforeEach
    void startService() throws IOException {
        service = new RedfishStandIn(null);
    }

    @AfterEach
    void stopService() {
        service.close();
    }

    @Test
    void power_is_switched_and_told_within_one_session() {
        try (PowerControl power = power()) {
            assertThat(power.isOn()).isFalse();
            power.on();
            assertThat(power.isOn()).isTrue();
            power.reset();
            power.off();
            assertThat(power.isOn()).isFalse();
            power.off();
            assertThat(service.openSessions()).isEqualTo(1);
        }
        assertThat(service.openSessions()).isZero();
    }

    @Test
    void the_next_start_is_made_a_network_boot_with_the_etag_that_was_read() {
        service.etagRequired = true;

        try (PowerControl power = power()) {
            power.bootFromNetworkOnce(Firmware.UEFI, BootMethod.PXE);
            assertThat(service.bootEnabled).isEqualTo("Once");
            assertThat(service.bootTarget).isEqualTo("Pxe");
            assertThat(service.bootMode).isEqualTo("UEFI");
            power.bootFromNetworkOnce(Firmware.UEFI, BootMethod.HTTP);
            assertThat(service.bootTarget).isEqualTo("UefiHttp");
        }
    }

    @Test
    void a_service_that_asks_to_wait_is_waited_for() {
        service.unavailable = 2;

        try (PowerControl power = power()) {
            power.on();
        }

        assertThat(service.on).isTrue();
        assertThat(pauses).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(7));
    }

    @Test
    void a_task_is_followed_to_its_end() {
        service.tasks = true;

        try (PowerControl power = power()) {
            power.on();
        }

        assertThat(service.requests.stream().filter("GET /redfish/v1/TaskMonitors/1"::equals))
                .hasSize(3);
    }

    @Test
    void a_conflict_is_worth_another_try() {
        service.conflicts = 1;

        try (PowerControl power = power()) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::on)
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(Kind.BUSY))
                    .withMessageContaining("status 409")
                    .withMessageContaining("The system is in its self-test.");
            power.on();
        }
        assertThat(service.on).isTrue();
    }

    @Test
    void a_change_that_is_refused_during_the_self_test_is_worth_another_try() {
        service.selfTest = 1;

        try (PowerControl power = power()) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(() -> power.bootFromNetworkOnce(Firmware.BIOS, BootMethod.PXE))
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(Kind.BUSY))
                    .withMessageContaining("status 400")
                    .withMessageContaining("while the system is in POST");
            power.bootFromNetworkOnce(Firmware.BIOS, BootMethod.PXE);
        }
        assertThat(service.bootMode).isEqualTo("Legacy");
        assertThat(service.bootTarget).isEqualTo("Pxe");
    }

    @Test
    void a_session_that_expired_is_opened_anew() {
        try (PowerControl power = power()) {
            power.on();
            service.expireSessions();
            assertThat(power.isOn()).isTrue();
        }
    }

    @Test
    void a_service_without_sessions_gets_the_password_with_each_request() {
        service.withoutSessions = true;

        try (PowerControl power = power()) {
            power.on();
        }
        assertThat(service.on).isTrue();
    }

    @Test
    void a_wrong_password_is_refused_and_never_shown() {
        try (PowerControl power = power(service.root(), "geheim", null)) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::on)
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(Kind.REFUSED))
                    .withMessageContaining("refuses user ADMIN with the password from file:")
                    .withMessageNotContaining("geheim");
        }
    }

    @Test
    void a_service_that_is_not_there_is_unreachable() {
        service.close();

        try (PowerControl power = power()) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::isOn)
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(Kind.UNREACHABLE));
        }
    }

    @Test
    void a_pinned_certificate_is_trusted_and_any_other_is_not() throws Exception {
        SelfSigned certificate = SelfSigned.make(directory);
        try (RedfishStandIn secure = new RedfishStandIn(certificate.context())) {
            try (PowerControl power = power(secure.root(), RedfishStandIn.PASSWORD, certificate.fingerprint())) {
                power.on();
            }
            assertThat(secure.on).isTrue();

            try (PowerControl power = power(secure.root(), RedfishStandIn.PASSWORD, "0".repeat(64))) {
                assertThatExceptionOfType(PowerException.class)
                        .isThrownBy(power::isOn)
                        .withMessageContaining(certificate.fingerprint());
            }
            try (PowerControl power = power(secure.root(), RedfishStandIn.PASSWORD, null)) {
                assertThatExceptionOfType(PowerException.class).isThrownBy(power::isOn);
            }
        }
    }

    private PowerControl power() {
        return power(service.root(), RedfishStandIn.PASSWORD, null);
    }

    private PowerControl power(URI root, String password, @Nullable String fingerprint) {
        return new RedfishPower(
                new PowerConnection.Redfish(
                        root,
                        RedfishStandIn.USER,
                        TestHosts.password(directory, password),
                        fingerprint,
                        null,
                        Duration.ZERO),
                pauses::add);
    }
}
