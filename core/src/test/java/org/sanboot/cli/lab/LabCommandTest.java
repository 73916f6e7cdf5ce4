package org.sanboot.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseRequest;
import org.sanboot.inventory.LeaseStore;
import picocli.CommandLine;

/** What can be checked without switching a host on. */
class LabCommandTest {

    @TempDir
    private Path directory;

    private Path inventory;
    private LeaseStore leases;
    private int status;

    @BeforeEach
    void makeLab() throws IOException {
        inventory = Files.writeString(directory.resolve("lab.yaml"), """
                network: {address: 127.0.0.1}
                types:
                  nuc13:
                    firmware: uefi
                    power: {command: {on: "true", off: "true", status: "cd %s && echo $SANBOOT_HOST >> asked; cat $SANBOOT_HOST"}}
                hosts:
                  nuc-1: {type: nuc13, mac: 52:54:00:00:00:01}
                  nuc-2: {type: nuc13, mac: 52:54:00:00:00:02}
                """.formatted(directory));
        Files.writeString(directory.resolve("nuc-1"), "off\n");
        System.setProperty("sanboot.leases", directory.resolve("leases").toString());
        leases = LeaseStore.ofController();
    }

    @AfterEach
    void close() {
        leases.close();
        System.clearProperty("sanboot.leases");
    }

    @Test
    void a_host_whose_controller_answers_passes_and_is_free_again() {
        assertThat(check("nuc-1").lines())
                .satisfiesExactly(
                        line -> assertThat(line).isEqualTo("nuc-1 (nuc13)"),
                        line -> assertThat(line).matches(" +ok +lease .* taken"),
                        line -> assertThat(line).matches(" +ok +controller .* power command of nuc-1 answers"),
                        line -> assertThat(line).matches(" +ok +credentials .* accepted"),
                        line -> assertThat(line).matches(" +ok +power state .* off"));
        assertThat(status).isZero();
        assertThat(leases.list()).allSatisfy(state -> assertThat(state.holder()).isEmpty());
    }

    @Test
    void the_first_step_that_fails_says_what_to_mend() {
        assertThat(check("nuc-2"))
                .containsPattern("FAILED +power state .* power command of nuc-2 failed with status 1")
                .contains("to mend: look at the host, and restart its controller");
        assertThat(status).isEqualTo(1);
    }

    @Test
    void a_host_that_is_in_use_is_left_alone() {
        try (Lease lease = acquire("nuc-1")) {
            assertThat(check("nuc-1"))
                    .containsPattern(" - +lease .* in use by .*'s process \\d+ for a test; it is left alone\n");
            assertThat(status).isZero();
            assertThat(directory.resolve("asked")).doesNotExist();
            assertThat(lease.isHeld()).isTrue();
        }
    }

    @Test
    void a_host_that_was_set_aside_is_checked_and_stays_aside() {
        try (Lease lease = acquire("nuc-1")) {
            lease.setAside("its fan is broken");
        }

        assertThat(check("nuc-1")).containsPattern("ok +lease .* taken, though set aside: its fan is broken");
        assertThat(leases.list())
                .singleElement()
                .satisfies(state -> assertThat(state.setAside()).contains("its fan is broken"));
    }

    @Test
    void programs_read_json() throws IOException {
        JsonNode hosts = new ObjectMapper().readTree(check("--json")).path("hosts");

        assertThat(hosts).hasSize(2);
        assertThat(hosts.at("/0/host").asText()).isEqualTo("nuc-1");
        assertThat(hosts.at("/0/failed").asBoolean()).isFalse();
        assertThat(hosts.at("/1/failed").asBoolean()).isTrue();
        JsonNode last = hosts.at("/1/steps").get(hosts.at("/1/steps").size() - 1);
        assertThat(last.path("step").asText()).isEqualTo("power state");
        assertThat(last.path("outcome").asText()).isEqualTo("failed");
        assertThat(last.path("remedy").asText()).isNotEmpty();
    }

    @Test
    void a_host_that_is_not_there_is_a_mistake() {
        assertThat(check("nuc-9")).contains("no host 'nuc-9'");
        assertThat(status).isEqualTo(2);
    }

    private Lease acquire(String host) {
        return leases.acquire(new LeaseRequest(List.of(List.of(host)), "a test", Duration.ZERO))
                .get(0);
    }

    private String check(String... arguments) {
        StringWriter output = new StringWriter();
        CommandLine command = new CommandLine(new LabCommand())
                .setOut(new PrintWriter(output, true))
                .setExecutionExceptionHandler((error, line, parsed) -> {
                    output.write(String.valueOf(error.getMessage()));
                    return 2;
                });
        status = command.execute(Stream.concat(
                        Stream.of("check", "--no-boot", "--inventory", inventory.toString()), Stream.of(arguments))
                .toArray(String[]::new));
        return output.toString();
    }
}
