package org.sanboot.junit;

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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.machine.physical.HostBed;

/**
 * One annotated test class on a physical host and on a virtual machine, by one setting.
 */
@Tag("boot")
class PhysicalHostIT {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void a_physical_host_is_reverted_between_tests_and_the_disk_of_a_failed_one_is_kept(Firmware firmware)
            throws Exception {
        HostBed.makeHome(home(), "tiny");

        String output = run(HostBed.around(directory, firmware, "2m", false, tests("bed & physical")));

        assertThat(output).contains("host on host1 (tiny): boot script running").contains("2 machines booted");
        requireRevertAndOneFailure(output);
        assertThat(kept().manifest().machine())
                .containsEntry("type", "bed")
                .containsEntry("host", "host1")
                .containsEntry("firmware", firmware.name());
        assertThat(kept().manifest().files())
                .extracting(file -> file.name())
                .contains("console.log", "boot.ipxe")
                .doesNotContain("qemu.log");
        assertThat(Files.readString(kept().directory().resolve("boot.ipxe")))
                .contains("set username host", "set password (secret)");
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void the_same_class_runs_on_qemu_by_one_property() throws Exception {
        HostBed.makeHome(home(), "tiny");

        String output = run(tests("qemu"));

        assertThat(output).contains("2 machines booted").doesNotContain("boot script");
        requireRevertAndOneFailure(output);
        assertThat(kept().manifest().machine()).containsEntry("type", "qemu");
    }

    private Path home() {
        return directory.resolve("home");
    }

    private List<String> tests(String machine) {
        List<String> settings = List.of(
                "-Dsanboot.home=" + home(),
                "-Dsanboot.inventory=" + inventory(machine),
                "-Dsanboot.leases=" + directory.resolve("leases"),
                "-Dsanboot.image=tiny",
                "-Dsanboot.machine=" + machine);
        return HostBed.java(SameTestOnAnyMachine.class, settings.toArray(String[]::new));
    }

    /** A virtual machine needs no inventory. */
    private String inventory(String machine) {
        return machine.equals("qemu")
                ? ""
                : directory.resolve("sanboot-lab.yaml").toString();
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(new ArrayList<>(command))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(14, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        System.out.println(text);
        return text;
    }

    private void requireRevertAndOneFailure(String output) {
        assertThat(output)
                .contains("1 tests successful", "1 tests failed")
                .contains("failed: first_writes_and_fails")
                .contains("intact");
        assertThat(kept().manifest().test().displayName()).contains("first_writes_and_fails");
    }

    private Failure kept() {
        List<Failure> failures = FailureStore.at(home()).list();
        assertThat(failures).hasSize(1);
        return failures.get(0);
    }
}
