package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Shows what is kept of a failed test: run it with {@code -Dsanboot.example.fail=true}. */
@IscsiBootedLinux(image = "debian")
@EnabledIfSystemProperty(named = "sanboot.example.fail", matches = "true")
@Tag("boot")
class FailsOnPurposeTest {

    @Test
    void the_configuration_survives(BootedHost host) {
        host.run("echo broken > /etc/agent.conf && sync");

        assertThat(host.run("cat /etc/agent.conf")).hasOutput("intact");
    }
}
