package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.boot.Firmware;
import org.sanboot.machine.physical.HostBed;

/** A lab with a physical host: what works, and what is said and done when something does not. */
@Tag("boot")
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class PhysicalLabIT {

    @TempDir
    private Path directory;

    @Test
    void a_host_boots_reboots_is_cut_and_its_kept_disk_boots_in_qemu() throws Exception {
        assertThat(run("boot", "2m", false))
                .containsSubsequence(
                        "host on host1: disk cloned",
                        "host on host1: powered on",
                        "host on host1: address requested",
                        "host on host1: boot script fetched",
                        "host on host1: boot script running",
                        "host on host1: firmware login",
                        "host on host1: first read",
                        "host on host1: operating system login",
                        "host on host1: guest ready",
                        "guest says Linux",
                        "host on host1: boot script running",
                        "rebooted",
                        "cut false",
                        "host on host1: guest ready",
                        "ready again",
                        "ended false [host1 free]",
                        "qemu says broken",
                        "closed")
                .anySatisfy(line -> assertThat(line).startsWith("manifest").contains("type=bed", "host=host1"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("remarks")
                        .contains("physical host host1", "sanboot boot --failure"));
    }

    @Test
    void a_host_that_never_asks_for_an_address_is_reported_with_its_stage_and_set_aside_after_three_boots()
            throws Exception {
        List<String> events = run("fail", "8s", true);

        assertThat(events)
                .containsSubsequence(
                        "on false [host1 free failed 1]", "on false [host1 free failed 2]", "attempt", "attempt");
        assertThat(events)
                .filteredOn(line -> line.startsWith("error host on host1"))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line)
                        .contains("it reached 'powered on'", "did not fetch its boot script within 8 s")
                        .contains("it never asked for an address"));
        assertThat(events.get(events.size() - 1)).contains("set aside: 3 boots in a row failed");
        assertThat(events.get(events.size() - 2)).startsWith("error").contains("host1", "set aside");
    }

    @Test
    void a_host_that_fetches_its_script_and_never_logs_in_is_reported_with_its_stage_and_switched_off()
            throws Exception {
        List<String> events = run("hang", "2m", false);

        assertThat(events)
                .anySatisfy(line -> assertThat(line)
                        .startsWith("error host on host1 (image tiny) did not become ready")
                        .contains("it reached 'boot script running', then nothing more came for 10.0 s")
                        .contains("cannot reach the target"));
        assertThat(events.get(events.size() - 1)).isEqualTo("on false [host1 free failed 1]");
    }

    @Test
    void the_next_lab_switches_off_what_a_killed_one_left_on_and_frees_its_lease() throws Exception {
        assertThat(run("kill", "2m", false))
                .containsSubsequence(
                        "on true [host1 leased]",
                        "controller ended",
                        "on true [host1 abandoned]",
                        "next lab is open",
                        "host is off",
                        "lease is free");
    }

    @Test
    void a_lab_that_is_told_to_end_switches_its_host_off_and_frees_its_lease() throws Exception {
        assertThat(run("terminate", "2m", false))
                .containsSubsequence("on true [host1 leased]", "controller ended", "on false [host1 free]");
    }

    private List<String> run(String what, String scriptTimeout, boolean deaf) throws IOException, InterruptedException {
        HostBed.makeHome(directory.resolve("home"), "tiny");
        Path output = directory.resolve("output");
        Process bed = new ProcessBuilder(HostBed.around(
                        directory,
                        Firmware.BIOS,
                        scriptTimeout,
                        deaf,
                        HostBed.java(PhysicalLabProgram.class, directory.toString(), what)))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(bed.waitFor(7, TimeUnit.MINUTES)).isTrue();
        } finally {
            bed.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(output);
        System.out.println(String.join("\n", lines));
        return lines.stream()
                .filter(line -> line.matches(" *[0-9.]+ .*"))
                .map(line -> line.strip().split(" +", 2)[1])
                .toList();
    }
}
