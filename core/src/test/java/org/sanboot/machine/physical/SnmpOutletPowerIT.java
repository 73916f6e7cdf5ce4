package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.inventory.PasswordReference;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** Outlets by Net-SNMP's programs against its own agent, whose one outlet is a file. */
@Tag("boot")
class SnmpOutletPowerIT {

    private static final String OUTLET = ".1.3.6.1.4.1.318.1.1.4.4.2.1.3.1";

    private static final String PASS = """
            #!/bin/sh
            file=$(dirname "$0")/outlet
            [ "$2" = %1$s ] || exit 0
            case $1 in
              -g) printf '%%s\\ninteger\\n%%s\\n' "$2" "$(cat "$file")";;
              -s) echo "$4" > "$file";;
            esac
            """.formatted(OUTLET);

    @TempDir
    private Path directory;

    private Process agent;
    private int port;

    @BeforeEach
    void startAgent() throws IOException {
        TestHome.require(Programs.find("snmpd").isPresent(), "snmpd is missing: apt-get install snmpd");
        TestHome.require(Programs.find("snmpset").isPresent(), "snmpset is missing: apt-get install snmp");
        port = ControllerSimulator.freePort();
        Path pass = Files.writeString(directory.resolve("pass"), PASS);
        Files.setPosixFilePermissions(pass, PosixFilePermissions.fromString("rwx------"));
        Files.writeString(directory.resolve("outlet"), "2\n");
        Path configuration = Files.writeString(
                directory.resolve("snmpd.conf"), "rwcommunity outlets 127.0.0.1\npass %s %s\n".formatted(OUTLET, pass));
        agent = new ProcessBuilder(
                        Programs.find("snmpd").orElseThrow().toString(),
                        "-f",
                        "-Lf",
                        directory.resolve("snmpd.log").toString(),
                        "-C",
                        "-c",
                        configuration.toString(),
                        "-p",
                        directory.resolve("snmpd.pid").toString(),
                        "udp:127.0.0.1:" + port)
                .start();
    }

    @AfterEach
    void stopAgent() throws InterruptedException {
        agent.destroy();
        if (!agent.waitFor(5, TimeUnit.SECONDS)) {
            agent.destroyForcibly().waitFor();
        }
    }

    @Test
    void an_outlet_is_switched_and_told() {
        try (PowerControl outlet = outlet("outlets")) {
            await("the agent answers")
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> !outlet.isOn());
            outlet.on();
            assertThat(outlet.isOn()).isTrue();
            outlet.off();
            assertThat(outlet.isOn()).isFalse();
            assertThat(outlet.can(PowerControl.Capability.RESET)).isFalse();
        }
    }

    @Test
    void a_wrong_community_is_not_answered_and_not_shown() {
        try (PowerControl outlet = outlet("geheim")) {
            assertThatExceptionOfType(PowerException.class)
                    .isThrownBy(outlet::isOn)
                    .withMessageContaining("check its address and the community from file:")
                    .withMessageNotContaining("geheim");
        }
    }

    private PowerControl outlet(String community) {
        PasswordReference reference = TestHosts.password(directory, community);
        return new SnmpOutletPower(
                new PowerConnection.SnmpOutlet("127.0.0.1:" + port, reference, OUTLET, 1, 2, Duration.ZERO));
    }
}
