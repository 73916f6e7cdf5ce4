package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerControl.Capability;

class CommandPowerTest {

    @TempDir
    private Path directory;

    @Test
    void the_lines_find_the_host_in_their_environment() {
        Path state = directory.resolve("state");
        PowerControl power = command(
                "echo \"$SANBOOT_HOST $SANBOOT_MAC $SANBOOT_BMC $SANBOOT_PASSWORD\" > " + state,
                "echo off > " + state,
                "cat " + state);

        power.off();
        assertThat(power.isOn()).isFalse();
        power.on();
        assertThat(state).hasContent("host1 52:54:00:00:00:01 10.0.0.9 geheim\n");
    }

    @Test
    void what_has_no_status_line_cannot_be_verified() {
        assertThat(command("true", "true", null).capabilities()).containsOnly(Capability.ON, Capability.OFF);
    }

    @Test
    void a_failing_line_is_reported_without_the_password() {
        assertThatExceptionOfType(PowerException.class)
                .isThrownBy(() -> command("echo \"no $SANBOOT_PASSWORD\" >&2; exit 7", "true", null)
                        .on())
                .withMessage("The power command of host1 failed with status 7: no (secret)");
    }

    @Test
    void an_answer_that_is_neither_on_nor_off_is_quoted() {
        assertThatExceptionOfType(PowerException.class)
                .isThrownBy(() -> command("true", "true", "echo maybe").isOn())
                .withMessageContaining("'maybe'");
    }

    private PowerControl command(String on, String off, String status) {
        PowerConnection.Command connection = new PowerConnection.Command(
                on, off, status, null, "10.0.0.9", TestHosts.password(directory, "geheim"), Duration.ZERO);
        return new CommandPower(TestHosts.host(Firmware.BIOS, connection), connection);
    }
}
