package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** What was written with fsync is there after the power went away. */
@IscsiBootedLinux(image = "debian")
@Tag("boot")
class CrashConsistencyTest {

    @Test
    void a_synced_file_survives_a_power_cut(BootedHost host) {
        assertThat(host.run("dd if=/dev/urandom of=/root/ledger bs=4k count=256 conv=fsync && sync /root"))
                .succeeded();
        String before = host.run("sha256sum /root/ledger").stdout();

        host.power().cut();
        host.power().on();
        host.awaitReady();

        assertThat(host.run("sha256sum /root/ledger")).hasOutput(before);
    }
}
