package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.guest.Command;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** A guest whose kernel has the drivers of the panic device and of the TPM. */
@Tag("boot")
class PanicIT {

    @TempDir
    private Path directory;

    @Test
    void a_kernel_panic_is_seen_by_the_machine_itself_and_a_tpm_by_the_kernel() throws Exception {
        Path home = TestHome.withTinyGuest(directory.resolve("home"));
        TestHome.require(Programs.find("swtpm").isPresent(), "swtpm is missing; apt-get install swtpm");
        try (Lab lab = Lab.open(new LabConfiguration(home, 1))) {
            Stay stay = lab.boot(HostRequest.of(TestHome.TINY)
                    .memoryMebibytes(256)
                    .tpm(true)
                    .purpose("PanicIT")
                    .build());
            BootedHost host = stay.host();
            assertThat(host.run("cat /sys/class/tpm/tpm0/tpm_version_major")).hasOutput("2");
            assertThat(host.bootDisk().isOnIscsi()).as("%s", host.bootDisk()).isTrue();
            assertThat(host.run("ls /sys/bus/platform/drivers/pvpanic-mmio/QEMU0001:00"))
                    .succeeded();

            panic(host);

            await("the panic to be seen").atMost(Duration.ofMinutes(1)).until(() -> !answers(host));
            assertThat(stay.crash())
                    .hasValueSatisfying(crash -> assertThat(crash.what()).contains("panic"));
            assertThat(stay.labTrouble()).isEmpty();
            AssertionError error = new AssertionError("it panicked");
            stay.witness(error);
            Failure failure = stay.keep(new FailureDescription("[test]", "PanicIT.test()", Kind.TEST, error));
            assertThat(failure.manifest().remarks())
                    .anySatisfy(remark -> assertThat(remark)
                            .startsWith("The machine saw its guest panic: GUEST_PANICKED")
                            .contains("\"action\":\"pause\""));
        }
    }

    private static void panic(BootedHost host) {
        try {
            host.run(Command.of("echo c > /proc/sysrq-trigger").within(Duration.ofSeconds(10)));
        } catch (RuntimeException e) {
            // Nobody answers any more.
        }
    }

    private static boolean answers(BootedHost host) {
        try {
            return host.run(Command.of("exit 0").within(Duration.ofSeconds(2))).exitStatus() == 0;
        } catch (RuntimeException e) {
            return false;
        }
    }
}
