package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.image.GoldenImage;

/**
 * What goes wrong with real hosts, each survived or reported as what it is, in a {@link FaultBed}.
 *
 * <p>{@code -Dsanboot.slowFaults=true} adds those that take minutes.
 */
@Tag("boot")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class FaultIT {

    private static final String SLOW = "sanboot.slowFaults";

    @TempDir
    private Path directory;

    @Test
    void a_host_that_never_asks_for_an_address_is_reported() throws Exception {
        assertThat(run("bios", "other-card"))
                .containsSubsequence("power on", "off")
                .anyMatch(line -> line.startsWith("died: host host1 did not fetch its boot script within 8 s; it never"
                        + " asked for an address"));
    }

    @Test
    void a_target_that_is_not_there_is_reported_by_the_host() throws Exception {
        assertThat(run("bios", "refused"))
                .containsSubsequence("SCRIPT_RUNNING", "off")
                .anyMatch(
                        line -> line.startsWith("failed: host host1 ran its boot script and could not boot from iscsi:")
                                && line.contains("the connection was refused or reset"));
    }

    @Test
    void a_secret_that_the_target_refuses_is_reported_by_the_host() throws Exception {
        assertThat(run("bios", "secret"))
                .anyMatch(line -> line.startsWith("failed: host host1 ran its boot script")
                        && line.contains("the target refuses the host's initiator name or CHAP secret"));
    }

    @Test
    void a_wrong_password_is_reported_at_once() throws Exception {
        assertThat(run("bios", "password"))
                .anyMatch(line -> line.contains("refuses user ADMIN with the password from file:"));
    }

    @Test
    void a_host_that_stays_on_is_reported() throws Exception {
        assertThat(run("bios", "stuck"))
                .anyMatch(line -> line.startsWith("error InfrastructureException: Host host1 cannot be switched off"))
                .contains("the host runs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"power-on", "ADDRESS_REQUESTED"})
    void a_dhcp_server_that_is_killed_is_started_anew_and_the_host_boots(String when) throws Exception {
        assertThat(run("bios", "dnsmasq", when)).contains("dnsmasq killed").containsSubsequence("ready", "off");
    }

    @Test
    void a_cable_that_is_out_for_ten_seconds_while_the_script_starts_is_survived() throws Exception {
        assertThat(run("bios", "link", "SCRIPT_FETCHED", "10"))
                .containsSubsequence("SCRIPT_FETCHED", "link down", "link up", "ready", "wrote second", "off");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bios", "uefi"})
    void a_host_boots_by_proxy_dhcp_beside_the_sites_server(String firmware) throws Exception {
        assertThat(run(firmware, "proxy"))
                .containsSubsequence("power on", "ADDRESS_REQUESTED", "SCRIPT_RUNNING", "ready", "off");
    }

    @Test
    void a_check_goes_the_whole_way() throws Exception {
        List<String> lines = run("bios", "check");
        assertThat(lines).contains("status 0");
        assertThat(lines.stream().filter(line -> line.startsWith("ok ")).map(line -> line.split(" +")[1]))
                .containsExactly(
                        "lease",
                        "controller",
                        "credentials",
                        "power",
                        "boot",
                        "power",
                        "DHCP",
                        "script",
                        "target",
                        "power");
    }

    @Test
    void when_the_process_that_serves_is_killed_while_a_host_starts_another_takes_its_place() throws Exception {
        assertThat(run("bios", "serve", "power-on"))
                .containsSubsequence("the serving process is killed", "ADDRESS_REQUESTED", "ready", "off");
    }

    @Test
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    void a_controller_that_is_silent_is_reported() throws Exception {
        assertThat(run("bios", "silent"))
                .anyMatch(line -> line.startsWith("error InfrastructureException: Host host1 cannot be switched off"))
                .anyMatch(line -> line.contains("does not answer"));
    }

    @Test
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    void a_controller_that_hangs_is_taken_from_the_mains() throws Exception {
        assertThat(run("bios", "hangs")).contains("off", "the host does not run");
    }

    @Test
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    void a_host_boots_by_http() throws Exception {
        assertThat(run("uefi", "http")).containsSubsequence("SCRIPT_RUNNING", "ready", "off");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    @CsvSource({
        "powered-on, 3",
        "SCRIPT_FETCHED, 3",
        "firmware-login, 3",
        "firmware-read, 3",
        "system-login, 3",
        "firmware-login, 10",
        "firmware-read, 10",
        "system-login, 10",
        "SCRIPT_FETCHED, 30",
        "firmware-login, 30",
        "firmware-read, 30"
    })
    void a_cable_that_is_out_for_a_while_is_survived(String when, String seconds) throws Exception {
        assertThat(run("bios", "link", when, seconds))
                .containsSubsequence("link down", "link up")
                .containsSubsequence("ready", "wrote second", "off");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    @ValueSource(strings = {"3", "10", "30"})
    void a_guests_flush_goes_on_once_its_cable_is_in_again(String seconds) throws Exception {
        assertThat(run("bios", "link", "flush", seconds))
                .containsSubsequence("ready", "flush", "link down", "link up", "wrote first", "wrote second", "off");
    }

    @ParameterizedTest
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    @ValueSource(strings = {"3", "10"})
    void a_cable_that_is_out_while_the_firmware_fetches_ipxe_is_survived(String seconds) throws Exception {
        assertThat(run("uefi", "link", "TFTP", seconds))
                .containsSubsequence("TFTP", "link down", "link up", "SCRIPT_RUNNING", "ready", "wrote second", "off");
    }

    /** iPXE gives up by then, and the firmware stops: the host needs another power cycle. */
    @Test
    @EnabledIfSystemProperty(named = SLOW, matches = "true")
    void a_cable_that_is_out_for_half_a_minute_while_the_host_asks_for_its_address_is_reported() throws Exception {
        assertThat(run("bios", "link-in-vain", "ADDRESS_REQUESTED", "30"))
                .containsSubsequence("link down", "link up")
                .anyMatch(line -> line.startsWith("died: host host1 did not fetch its boot script"));
    }

    /** Returns what happened, without the times. */
    private List<String> run(String firmware, String... fault) throws IOException, InterruptedException {
        GoldenImage image = NetworkBootIT.requireBed();
        Path identity = NetworkBootIT.copyIdentity(image, directory);
        Path output = directory.resolve("output");
        List<String> command = new ArrayList<>(NetworkBootIT.inNamespaces());
        command.addAll(List.of(
                "-Dsanboot.leases=" + directory.resolve("leases"),
                "-cp",
                System.getProperty("java.class.path"),
                FaultBed.class.getName(),
                directory.toString(),
                firmware,
                image.disk().toString(),
                identity.toString()));
        command.addAll(List.of(fault));
        Process bed = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(bed.waitFor(8, TimeUnit.MINUTES)).isTrue();
        } finally {
            bed.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(output);
        // Kept for whoever reads the report of a failure, or wants the times.
        System.out.println(String.join(" ", fault) + "\n" + String.join("\n", lines));
        return lines.stream()
                .map(line -> line.strip().replaceFirst("^[0-9]+\\.[0-9]+ ", ""))
                .toList();
    }
}
