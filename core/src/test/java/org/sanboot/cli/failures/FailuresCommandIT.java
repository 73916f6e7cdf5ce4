package org.sanboot.cli.failures;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.evidence.Evidence;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.GuestDisks;

@Tag("boot")
class FailuresCommandIT {

    @TempDir
    static Path home;

    private static CommandRun command;
    private static Failure failure;

    @BeforeAll
    static void keepFailure() throws Exception {
        GuestDisks disks = GuestDisks.make(Files.createDirectory(home.resolve("disks")));
        command = new CommandRun(home);
        failure = command.store()
                .keep(
                        new FailureDescription("t", "Agent.works", FailureDescription.Kind.TEST, null),
                        Evidence.of(disks.overlay(), new Evidence.Image("debian", "abc", disks.golden()))
                                .build());
    }

    @Test
    void a_directory_of_the_guest_is_listed() {
        assertThat(command.run("files", failure.id(), "/etc")).isZero();
        assertThat(command.output().lines())
                .hasSize(4)
                .anySatisfy(line -> assertThat(line).matches("-rw-r--r--  +0  +0  +21  [-0-9]+ [0-9:]+  added"))
                .anySatisfy(line -> assertThat(line).startsWith("drwx").endsWith("  conf.d"));
    }

    @Test
    void a_file_of_the_guest_is_printed_from_either_file_system() {
        assertThat(command.run("cat", failure.id(), "/etc/added")).isZero();
        assertThat(command.output()).isEqualTo("written by the guest\n");
        assertThat(command.run("cat", "-p", "2", failure.id(), "C:\\added.txt")).isZero();
        assertThat(command.output()).isEqualTo("written by the guest\n");
        assertThat(command.run("cat", failure.id(), "/etc/gone")).isEqualTo(2);
        assertThat(command.errors()).contains("There is no /etc/gone on partition 1 (ext4).");
    }

    @Test
    void the_difference_to_the_golden_image_is_told_file_by_file() {
        assertThat(command.run("diff", failure.id())).isZero();
        assertThat(command.output()).isEqualTo("""
                        partition 1 (ext4): 3 changed
                        A       21 B  /etc/added
                        D        1 B  /etc/gone
                        M  7 B > 3 B  /etc/hostname
                        partition 2 (ntfs): 1 changed
                        A  21 B  /added.txt
                        partition 3: unchanged
                        """);
        assertThat(command.run("diff", "-p", "1", "--blocks", failure.id())).isZero();
        assertThat(command.output()).contains("partition 1 (ext4): ", "M  ", " at byte ");
        assertThat(command.run("diff", "--json", failure.id())).isZero();
        assertThat(command.output()).contains("\"fileSystem\" : \"ntfs\"", "\"change\" : \"DELETED\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"qcow2", "raw", "vhdx"})
    void a_disk_is_exported_to_a_file_that_stands_alone(String format) throws IOException, InterruptedException {
        Path file = home.resolve("exported." + format);
        assertThat(command.run("export", failure.id(), file.toString())).isZero();
        assertThat(new ProcessBuilder(
                                "qemu-img",
                                "compare",
                                "-q",
                                file.toString(),
                                failure.disk().toString())
                        .start()
                        .waitFor())
                .isZero();
        if (format.equals("qcow2")) {
            assertThat(DiskChain.of(file).layers()).hasSize(1);
        }
        assertThat(command.run("export", failure.id(), file.toString())).isEqualTo(2);
        assertThat(command.errors()).contains("exists; --force replaces it");
    }
}
