package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.EnabledIfImage;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Runs on the image that {@code sanboot image build examples/recipes/debian-agent.yaml} makes. */
@IscsiBootedLinux(image = "debian-agent")
@EnabledIfImage("debian-agent")
@Tag("boot")
class RecipeImageTest {

    @Test
    void the_agent_runs_as_soon_as_the_machine_is_ready(BootedHost host) {
        assertThat(host.run("systemctl is-active agent")).hasOutput("active");
    }
}
