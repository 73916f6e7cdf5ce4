package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

@Tag("boot")
class AccelerationIT {

    @TempDir
    Path home;

    @TempDir
    Path runs;

    private Run run;

    @BeforeEach
    void open() {
        if (System.getenv("CI") == null) {
            assumeThat(Programs.find("qemu-system-x86_64"))
                    .as("package qemu-system-x86")
                    .isPresent();
        }
        run = Run.open(runs);
    }

    @AfterEach
    void close() {
        run.close();
    }

    @Test
    void the_answer_comes_soon_says_why_and_leaves_no_process() {
        Instant start = Instant.now();

        Acceleration acceleration = Acceleration.proven(run, home);

        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(45));
        assertThat(acceleration.toString()).matches("(KVM|software emulation \\(slow\\)), because \\S.*");
        assertThat(ProcessHandle.current().children())
                .noneMatch(child -> child.info().command().orElse("").contains("qemu-system"));
    }

    @Test
    void the_answer_is_remembered_for_this_host_alone() throws IOException {
        assumeThat(Path.of("/dev/kvm")).exists().isWritable();
        Acceleration found = Acceleration.proven(run, home);
        Path memory = home.resolve("acceleration.json");
        String written = Files.readString(memory);

        Files.writeString(memory, written.replace(found.reason().substring(0, 10), "REMEMBERED"));
        assertThat(Acceleration.proven(run, home).reason()).startsWith("REMEMBERED");

        Files.writeString(memory, written.replaceFirst("\"kernel\" : \"[^\"]*\"", "\"kernel\" : \"another\""));
        assertThat(Acceleration.proven(run, home).reason()).doesNotStartWith("REMEMBERED");
        assertThat(memory).content().doesNotContain("another");

        Files.writeString(memory, "not JSON");
        assertThat(Acceleration.proven(run, home)).isEqualTo(found);
    }
}
