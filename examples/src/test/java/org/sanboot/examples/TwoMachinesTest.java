package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.Host;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Two machines on a private network that only their test knows. */
@IscsiBootedLinux(image = "debian", name = "server", network = "lan")
@IscsiBootedLinux(image = "debian", name = "client", network = "lan")
@Tag("boot")
class TwoMachinesTest {

    @Test
    void the_client_reaches_the_server(@Host("server") BootedHost server, @Host("client") BootedHost client) {
        assertThat(server.run("ip address add 10.9.0.1/24 dev eth1 && ip link set eth1 up"))
                .succeeded();
        assertThat(client.run("ip address add 10.9.0.2/24 dev eth1 && ip link set eth1 up"))
                .succeeded();

        assertThat(client.run("ping -c 1 -w 20 10.9.0.1")).succeeded();
    }
}
