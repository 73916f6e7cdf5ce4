package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** The stand-in that our Redfish client is tested with, as clients of others see it. */
@Tag("boot")
class RedfishForeignIT {

    private static final String SUSHY = """
            import sys, sushy
            root = sushy.Sushy(sys.argv[1], username=sys.argv[2], password=sys.argv[3], verify=False)
            system = root.get_system()
            assert system.power_state == sushy.PowerState.OFF, system.power_state
            system.set_system_boot_options(sushy.BootSource.PXE, enabled=sushy.BootSourceOverrideEnabled.ONCE,
                                           mode=sushy.BootSourceOverrideMode.UEFI)
            system.reset_system(sushy.ResetType.ON)
            system.refresh(force=True)
            assert system.power_state == sushy.PowerState.ON, system.power_state
            """;

    @TempDir
    private Path directory;

    private RedfishStandIn service;

    @BeforeEach
    void startService() throws IOException {
        service = new RedfishStandIn(null);
    }

    @AfterEach
    void stopService() {
        service.close();
    }

    @Test
    void redfishtool_switches_the_stand_in() throws Exception {
        TestHome.require(
                Programs.find("redfishtool").isPresent(), "redfishtool is missing: apt-get install redfishtool");

        redfishtool("Systems", "setBootOverride", "Once", "Pxe");
        redfishtool("Systems", "reset", "On");

        assertThat(service.bootTarget).isEqualTo("Pxe");
        assertThat(service.on).isTrue();
        assertThat(redfishtool("Systems", "-F")).contains("437XR1138R2").contains("\"PowerState\": \"On\"");
    }

    @Test
    void redfishtool_does_as_the_stand_in_asks_when_it_insists_on_etags() throws Exception {
        TestHome.require(
                Programs.find("redfishtool").isPresent(), "redfishtool is missing: apt-get install redfishtool");
        service.etagRequired = true;

        redfishtool("Systems", "setBootOverride", "Once", "Pxe");

        assertThat(service.bootTarget).isEqualTo("Pxe");
    }

    @Test
    void sushy_waits_for_a_stand_in_that_starts_and_follows_its_tasks() throws Exception {
        requireSushy();
        service.unavailable = 1;
        service.etagRequired = true;
        service.tasks = true;

        sushy();

        assertThat(service.on).isTrue();
        assertThat(service.bootTarget).isEqualTo("Pxe");
    }

    @Test
    void sushy_switches_the_stand_in() throws Exception {
        requireSushy();

        sushy();

        assertThat(service.on).isTrue();
        assertThat(service.bootMode).isEqualTo("UEFI");
    }

    private static void requireSushy() {
        TestHome.require(
                Files.isDirectory(Path.of("/usr/lib/python3/dist-packages/sushy")),
                "sushy is missing: apt-get install python3-sushy");
    }

    private void sushy() throws Exception {
        run(List.of(
                "/usr/bin/python3",
                "-c",
                SUSHY,
                service.root().toString(),
                RedfishStandIn.USER,
                RedfishStandIn.PASSWORD));
    }

    private String redfishtool(String... command) throws Exception {
        String[] all = {
            "redfishtool",
            "-r",
            service.root().getAuthority(),
            "-u",
            RedfishStandIn.USER,
            "-p",
            RedfishStandIn.PASSWORD,
            "-S",
            "Never"
        };
        return run(
                Stream.concat(List.of(all).stream(), List.of(command).stream()).toList());
    }

    private String run(List<String> command) throws Exception {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}
