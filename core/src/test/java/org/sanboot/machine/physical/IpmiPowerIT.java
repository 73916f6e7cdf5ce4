package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;

/** IPMI by ipmitool against OpenIPMI's simulator. */
@Tag("boot")
class IpmiPowerIT {

    @TempDir
    private Path directory;

    private ControllerSimulator controller;
    private PowerConnection.Ipmi connection;

    @BeforeEach
    void startController() throws IOException {
        controller = new ControllerSimulator(directory, ControllerSimulator.FILE_CHASSIS, "");
        connection = TestHosts.ipmi(controller.port(), TestHosts.password(directory, ControllerSimulator.PASSWORD));
    }

    @AfterEach
    void stopController() throws InterruptedException {
        controller.close();
    }

    @Test
    void power_is_switched_and_told() {
        try (PowerControl power = new IpmiPower(connection)) {
            assertThat(power.isOn()).isFalse();
            power.on();
            assertThat(power.isOn()).isTrue();
            power.off();
            assertThat(power.isOn()).isFalse();
            power.on();
            power.softOff();
            assertThat(power.isOn()).isFalse();
        }
    }

    @Test
    void the_next_start_can_be_made_a_network_boot() throws IOException {
        try (PowerControl power = new IpmiPower(connection)) {
            power.bootFromNetworkOnce(Firmware.BIOS, BootMethod.PXE);
            power.bootFromNetworkOnce(Firmware.UEFI, BootMethod.PXE);
        }

        assertThat(controller.chassisLog()).contains("set boot pxe\nhost1 set boot pxe");
    }

    @Test
    void a_cold_cycle_begins_with_power_off_and_ends_with_power_on() throws IOException {
        try (PowerControl power = new IpmiPower(connection)) {
            ColdCycle cycle = new ColdCycle(TestHosts.host(Firmware.BIOS, connection), power, null);
            cycle.powerOff();
            cycle.powerOn();
        }

        assertThat(controller.chassisLog().lines().filter(line -> line.contains("set")))
                .containsExactly("host1 set power 0", "host1 set boot pxe", "host1 set power 1");
    }

    @Test
    void a_power_off_that_does_not_happen_is_reported() throws IOException {
        Files.createFile(directory.resolve("stuck"));
        Files.writeString(directory.resolve("power"), "1\n");

        try (PowerControl power = new IpmiPower(connection)) {
            ColdCycle cycle = new ColdCycle(TestHosts.host(Firmware.BIOS, connection), power, null);
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(cycle::powerOff)
                    .withMessageContaining("Host host1 cannot be switched off")
                    .withMessageContaining("told 3 times");
        }
    }

    @Test
    void a_wrong_password_is_refused_at_once_and_never_shown() {
        PowerConnection.Ipmi wrong = TestHosts.ipmi(controller.port(), TestHosts.password(directory, "geheim"));

        try (PowerControl power = new IpmiPower(wrong)) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::on)
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(PowerException.Kind.REFUSED))
                    .withMessageContaining("refuses user ADMIN with the password from file:")
                    .withMessageNotContaining("geheim");
        }
        assertThat(IpmiPower.commandLine(Path.of("ipmitool"), wrong)).noneMatch(word -> word.contains("geheim"));
    }

    @Test
    void a_cipher_suite_that_the_controller_does_not_have_is_named() {
        PowerConnection.Ipmi other = new PowerConnection.Ipmi(
                connection.address(), connection.port(), "ADMIN", connection.password(), 17, Duration.ZERO);

        try (PowerControl power = new IpmiPower(other)) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::on)
                    .withMessageContaining("refuses cipher suite 17");
        }
    }

    @Test
    void a_silent_controller_is_given_up_within_ten_seconds() throws InterruptedException {
        controller.close();
        Instant begin = Instant.now();

        try (PowerControl power = new IpmiPower(connection)) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(power::isOn)
                    .satisfies(error -> assertThat(error.kind()).isEqualTo(PowerException.Kind.UNREACHABLE))
                    .withMessageContaining("does not answer");
        }
        assertThat(Duration.between(begin, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }
}
