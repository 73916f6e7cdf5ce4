package org.sanboot.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("boot")
class FailureStoreIT {

    @TempDir
    Path home;

    @Test
    void two_builds_that_keep_and_prune_at_once_do_not_fight() throws Exception {
        Process first = java("many", home.toString(), "25").start();
        Process second = java("many", home.toString(), "25").start();

        assertThat(output(first).lines()).hasSize(25);
        assertThat(output(second).lines()).hasSize(25);
        assertThat(FailureStore.at(home).list())
                .hasSizeBetween(3, 4)
                .allSatisfy(failure -> assertThat(failure.manifest().remarks()).isEmpty())
                .allSatisfy(failure ->
                        assertThat(failure.directory().resolve("console.log")).hasContent("text"));
        assertThat(FailureStore.at(home).directory()).isDirectoryNotContaining("glob:**/.{building,deleted}*");
    }

    @Test
    void a_full_disk_costs_the_least_useful_evidence_and_never_the_disk() throws Exception {
        List<String> inner = new ArrayList<>(java("full", home.toString()).command());
        List<String> command = new ArrayList<>(List.of(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=1m sanboot \"$0\" && exec \"$@\"",
                home.toString()));
        command.addAll(inner);
        assumeNamespaces();

        String output = output(new ProcessBuilder(command).start());

        assertThat(output.lines().toList())
                .anyMatch(line -> line.endsWith(" 200000"))
                .contains("kept screen.png")
                .anyMatch(line -> line.startsWith("console.log was left out: "))
                .contains("memory.dump was left out: the host's disk is full, and the manifest needed its room");
    }

    private static void assumeNamespaces() throws Exception {
        int works = new ProcessBuilder("unshare", "-rm", "true").start().waitFor();
        if (System.getenv("CI") != null) {
            assertThat(works).as("unshare (package util-linux)").isZero();
        }
        assumeThat(works).as("unshare (package util-linux)").isZero();
    }

    private static ProcessBuilder java(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                KeepingProcess.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static String output(Process process) throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String errors = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(errors).isZero();
        return output;
    }
}
