package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Every test gets a machine of its own with a pristine disk, whatever the one before it did. */
@IscsiBootedLinux(image = "debian")
@Tag("boot")
class FirstBootTest {

    @Test
    void writes_a_file(BootedHost host) {
        assertThat(host.run("echo was here > /root/note && sync")).succeeded();
    }

    @Test
    void sees_nothing_of_what_another_test_wrote(BootedHost host) {
        assertThat(host.run("ls /root/note")).failed();
    }
}
