package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.EnabledIfImage;
import org.sanboot.junit.IscsiBootedLinux;
import org.sanboot.lab.BootedHost;

/** Runs where {@code examples/install/debian/install.yaml} was installed as {@code debian-13}. */
@IscsiBootedLinux(image = "debian-13", memory = "1G", readyTimeout = "10m")
@EnabledIfImage("debian-13")
@Tag("boot")
class InstalledDebianTest {

    @Test
    void the_root_file_system_is_on_iscsi(BootedHost host) {
        assertThat(host.run("ls -l /dev/disk/by-path | grep -c iscsi")).succeeded();
    }
}
