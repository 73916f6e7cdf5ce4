package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Installs a package, reboots, and looks whether its service came back by itself. */
@IscsiBootedLinux(image = "debian")
@Tag("boot")
class PackageUpgradeTest {

    private Path agentPackage;

    @BeforeEach
    void build_the_package(@TempDir Path directory) throws Exception {
        agentPackage = AgentPackage.build(directory);
    }

    @Test
    void the_agent_runs_again_after_a_reboot(BootedHost host) {
        host.copyTo(agentPackage, "/tmp/agent.deb");
        assertThat(host.run("dpkg --install /tmp/agent.deb")).succeeded();

        host.reboot();

        assertThat(host.run("systemctl is-active agent")).hasOutput("active");
    }
}
