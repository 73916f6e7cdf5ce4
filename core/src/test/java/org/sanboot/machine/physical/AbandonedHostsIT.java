package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.inventory.HostState;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LeaseStore;

@Tag("boot")
class AbandonedHostsIT {

    @TempDir
    private Path directory;

    @Test
    void what_a_dead_process_left_on_is_switched_off_and_free() throws Exception {
        Inventory inventory = inventory("echo off > power", "cat power");
        leaseInAProcessThatDies();

        try (LeaseStore leases = LeaseStore.in(directory.resolve("leases"))) {
            assertThat(leases.list()).singleElement().matches(HostState::abandoned);

            assertThat(AbandonedHosts.powerOff(inventory, leases)).containsExactly("host1");

            assertThat(directory.resolve("power")).hasContent("off\n");
            assertThat(leases.list()).singleElement().satisfies(state -> {
                assertThat(state.holder()).isEmpty();
                assertThat(state.setAside()).isEmpty();
            });
            assertThat(AbandonedHosts.powerOff(inventory, leases)).isEmpty();
        }
    }

    @Test
    void one_that_cannot_be_switched_off_is_set_aside() throws Exception {
        Inventory inventory = inventory("true", "echo on");
        leaseInAProcessThatDies();

        try (LeaseStore leases = LeaseStore.in(directory.resolve("leases"))) {
            assertThat(AbandonedHosts.powerOff(inventory, leases)).isEmpty();
            assertThat(leases.list())
                    .singleElement()
                    .satisfies(state -> assertThat(state.setAside())
                            .hasValueSatisfying(why -> assertThat(why).contains("cannot be switched off")));
        }
    }

    private Inventory inventory(String off, String status) throws IOException {
        Files.writeString(directory.resolve("power"), "on\n");
        return Inventory.read(
                Files.writeString(directory.resolve(Inventory.FILE), """
                network: {address: 127.0.0.1}
                types:
                  bed:
                    firmware: bios
                    timeouts: {power: 10ms}
                    power:
                      command: {on: "true", off: "cd %1$s && %2$s", status: "cd %1$s && %3$s"}
                hosts:
                  host1: {type: bed, mac: 52:54:00:00:00:01}
                """.formatted(directory, off, status)));
    }

    private void leaseInAProcessThatDies() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DyingLeaseHolder.class.getName(),
                        directory.resolve("leases").toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
}
