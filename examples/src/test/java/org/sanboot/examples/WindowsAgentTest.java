package org.sanboot.examples;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sanboot.junit.EnabledIfImage;
import org.sanboot.junit.IscsiBootedWindows;
import org.sanboot.lab.BootedHost;

/** Runs where an image named {@code win11} is in the catalogue. */
@IscsiBootedWindows(image = "win11")
@EnabledIfImage("win11")
@Tag("boot")
class WindowsAgentTest {

    @Test
    void the_boot_disk_is_on_iscsi(BootedHost host) {
        assertThat(host.powershell("(Get-CimInstance -Namespace root/Microsoft/Windows/Storage MSFT_Disk"
                        + " | Where-Object IsBoot).BusType"))
                .succeeded()
                .hasOutput("9");
    }

    @Test
    void a_service_is_running_again_after_a_power_cut(BootedHost host) {
        assertThat(host.powershell("Set-Service W32Time -StartupType Automatic"))
                .succeeded();

        host.power().cut();
        host.power().on();
        host.awaitReady();

        assertThat(host.powershell("(Get-Service W32Time).Status")).succeeded().hasOutput("Running");
    }
}
