package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.Start;

/** Many short tests: the first machine boots, each one after it goes on from there within seconds, on a pristine disk. */
@IscsiBootedLinux(image = "debian", start = Start.WARM)
@Tag("boot")
class WarmStartTest {

    @RepeatedTest(3)
    void finds_no_traces_of_another_test(BootedHost host) {
        assertThat(host.run("ls /root/note")).failed();
        assertThat(host.run("echo was here > /root/note && sync")).succeeded();
    }
}
