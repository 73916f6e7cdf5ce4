package org.sanboot.cli.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseRequest;
import org.sanboot.inventory.LeaseStore;
import picocli.CommandLine;

class HostsCommandTest {

    @TempDir
    private Path directory;

    private Path inventory;
    private LeaseStore leases;

    @BeforeEach
    void makeLab() throws IOException {
        inventory = Files.writeString(directory.resolve("lab.yaml"), """
                network: {address: 127.0.0.1}
                types:
                  nuc13: {firmware: uefi, power: {command: {on: "true", off: "true"}}}
                hosts:
                  nuc-1: {type: nuc13, mac: 52:54:00:00:00:01}
                  nuc-2: {type: nuc13, mac: 52:54:00:00:00:02}
                  nuc-3: {type: nuc13, mac: 52:54:00:00:00:03}
                """);
        System.setProperty("sanboot.leases", directory.resolve("leases").toString());
        leases = LeaseStore.ofController();
    }

    @AfterEach
    void close() {
        leases.close();
        System.clearProperty("sanboot.leases");
    }

    @Test
    void each_host_is_shown_with_who_uses_it() {
        acquire("nuc-1");
        acquire("nuc-2").setAside("its fan is broken");

        assertThat(run("list").lines())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("HOST"),
                        line -> assertThat(line)
                                .matches("nuc-1 +nuc13 +in use by .*'s process \\d+ for a test since .*"),
                        line -> assertThat(line).matches("nuc-2 +nuc13 +set aside since .*: its fan is broken"),
                        line -> assertThat(line).matches("nuc-3 +nuc13 +free"));
    }

    @Test
    void a_host_that_was_set_aside_is_released() {
        try (Lease lease = acquire("nuc-2")) {
            lease.setAside("its fan is broken");
        }

        assertThat(run("release", "nuc-2")).isEqualToIgnoringNewLines("nuc-2 can be used again.");
        assertThat(run("list")).containsPattern("nuc-2 +nuc13 +free");
        assertThat(run("release", "nuc-2")).contains("was not set aside");
        assertThat(run("release", "nuc-9")).contains("no host 'nuc-9'");
    }

    private Lease acquire(String host) {
        return leases.acquire(new LeaseRequest(List.of(List.of(host)), "a test", Duration.ZERO))
                .get(0);
    }

    private String run(String... arguments) {
        StringWriter output = new StringWriter();
        CommandLine command = new CommandLine(new HostsCommand())
                .setOut(new PrintWriter(output, true))
                .setExecutionExceptionHandler((error, line, parsed) -> {
                    output.write(String.valueOf(error.getMessage()));
                    return 2;
                });
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--inventory";
        all[arguments.length + 1] = inventory.toString();
        command.execute(all);
        return output.toString();
    }
}
