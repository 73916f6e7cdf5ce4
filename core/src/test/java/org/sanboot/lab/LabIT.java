package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.SenseCode;
import org.sanboot.testing.TestHome;

/** A real guest, booted from the real target. */
@Tag("boot")
class LabIT {

    private static final BootStage[] OF_QEMU = {
        BootStage.CLONED,
        BootStage.POWERED_ON,
        BootStage.FIRMWARE_LOGIN,
        BootStage.FIRST_READ,
        BootStage.OPERATING_SYSTEM_LOGIN,
        BootStage.GUEST_READY
    };

    @TempDir
    private Path directory;

    private Path home;
    private Lab lab;

    @BeforeEach
    void open() throws IOException {
        home = TestHome.withTinyGuest(directory.resolve("home"));
        lab = Lab.open(new LabConfiguration(home, 2));
    }

    @AfterEach
    void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void a_guest_boots_through_all_stages_in_order_and_both_ends_see_its_boot_disk_on_iscsi(Firmware firmware) {
        Stay stay = lab.boot(tiny().firmware(firmware).build());

        assertThat(stay.host().stages()).containsOnlyKeys(OF_QEMU);
        assertThat(List.copyOf(stay.host().stages().values())).isSorted();
        assertThat(stay.host().run("uname -s")).succeeded().hasOutput("Linux");
        assertThat(stay.host().disk().statistics().bytesRead()).isPositive();
        BootDisk disk = stay.host().bootDisk();
        assertThat(disk.bus()).isEqualTo("iSCSI");
        assertThat(disk.sessions()).as("firmware's and operating system's").hasSize(2);
        assertThat(disk.isOnIscsi()).as("%s", disk).isTrue();
    }

    @Test
    void what_was_written_is_there_after_a_power_cut_and_a_reboot_and_in_no_other_clone() {
        BootedHost host = lab.boot(tiny().build()).host();
        assertThat(host.run("echo kept > /root/note && sync")).succeeded();

        host.power().cut();
        host.power().on();
        host.awaitReady();
        assertThat(host.run("cat /root/note")).hasOutput("kept");

        host.reboot();
        assertThat(host.run("cat /root/note")).hasOutput("kept");

        BootedHost other = lab.boot(tiny().build()).host();
        assertThat(other.run("cat /root/note")).failed();
    }

    @Test
    void a_program_gets_its_words_as_they_are_and_files_and_directories_go_in_and_out() throws Exception {
        BootedHost host = lab.boot(tiny().build()).host();

        assertThat(host.exec("printf", "%s|", "two words", "it's $HOME", "a\"b", "", "x; y"))
                .succeeded()
                .hasOutput("two words|it's $HOME|a\"b||x; y|");
        assertThatThrownBy(() -> host.cmd("ver"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("need a Windows guest, and the image 'tiny' is LINUX");
        Path local = Files.createDirectories(directory.resolve("tree/below"));
        Files.writeString(local.resolve("note"), "from outside");

        host.copyTo(directory.resolve("tree"), "/root/tree");
        assertThat(host.run("cat /root/tree/below/note")).hasOutput("from outside");
        host.copyFrom("/root/tree", directory.resolve("back"));

        assertThat(directory.resolve("back/below/note")).hasContent("from outside");
    }

    @Test
    void a_disk_goes_back_to_its_snapshot_and_is_kept_in_one_file_on_the_golden_image() throws Exception {
        Stay stay = lab.boot(tiny().build());
        BootedHost host = stay.host();
        // From now on each boot makes a host key, where there is none.
        assertThat(
                        host.run(
                                "echo one > /root/note && rm /etc/dropbear/*_host_key && sed -i 's/^dropbear/& -R/' /etc/start"))
                .succeeded();
        host.power().shutdown();
        host.disk().snapshot();
        host.disk().revert();
        host.power().on();
        host.awaitReady();
        host.run("echo two > /root/note && sync");
        assertThatThrownBy(() -> host.disk().revert())
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("while the machine is off");
        host.power().cut();

        host.disk().revert();

        host.power().on();
        host.awaitReady();
        assertThat(host.run("cat /root/note")).hasOutput("one");
        host.run("echo above > /root/above && sync");

        // As JUnit does when a test's time is over.
        Thread.currentThread().interrupt();
        Failure failure = stay.keep(new FailureDescription("[test]", "LabIT.test()", Kind.TEST, null));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(failure.manifest().remarks()).noneMatch(remark -> remark.contains("layers"));
        assertThat(qemuImg("check", failure.disk())).isZero();
        BootedHost again = lab.boot(
                        HostRequest.ofFailure(failure.id()).name("again").build())
                .host();
        assertThat(again.run("cat /root/note /root/above")).hasOutput("one\nabove");
    }

    @Test
    void a_kept_disk_is_sealed_clean_and_boots_again_from_a_clone() throws Exception {
        Stay stay = lab.boot(
                tiny().collect(List.of("/var/log/agent/**", "/none/*.log")).build());
        stay.host().redact("S3cret-Licence");
        assertThat(stay.host()
                        .run("mkdir -p /var/log/agent/old && echo key S3cret-Licence > '/var/log/agent/old/a b.log'"))
                .succeeded();
        stay.host().run("echo evidence > /root/note && sync # S3cret-Licence");
        stay.testFailed("LabIT.earlier()", new AssertionError("an earlier test of the class"));
        assertThat(stay.host().run("echo more >> /root/note && sync && cat /root/note"))
                .hasOutput("evidence\nmore");
        stay.host().attach("settings.txt", "key=S3cret-Licence");
        stay.witness(new AssertionError("as it should not be"));
        stay.end();

        Failure failure = stay.keep(
                new FailureDescription("[test]", "LabIT.test()", Kind.TEST, new AssertionError("as it should not be")));

        assertThat(failure.disk()).exists();
        assertThat(failure.directory()).isDirectoryContaining("glob:**/console.log");
        assertThat(failure.manifest().stages()).hasSize(OF_QEMU.length);
        assertThat(failure.manifest().screenshots()).isNotEmpty();
        assertThat(failure.directory().resolve("attached/settings.txt")).hasContent("key=[redacted]");
        assertThat(failure.directory().resolve("collected/var/log/agent/old/a_b.log"))
                .hasContent("key [redacted]");
        assertThat(failure.report())
                .content()
                .contains("echo evidence &gt; /root/note &amp;&amp; sync # [redacted]", "exit 0");
        assertThat(qemuImg("check", failure.disk())).isZero();
        assertThat(failure.manifest().failedTests()).singleElement().satisfies(test -> {
            assertThat(test.displayName()).isEqualTo("LabIT.earlier()");
            assertThat(test.disk()).isEqualTo("failed-0.qcow2");
        });
        assertThat(qemuImg("check", failure.directory().resolve("failed-0.qcow2")))
                .isZero();
        assertThat(failure.report()).content().contains("LabIT.earlier()", "failed-0.qcow2");

        BootedHost again = lab.boot(
                        HostRequest.ofFailure(failure.id()).name("again").build())
                .host();
        assertThat(again.run("cat /root/note")).hasOutput("evidence\nmore");
    }

    @Test
    void a_disk_is_handed_over_only_when_its_guest_has_switched_the_machine_off() throws Exception {
        Stay orderly = lab.boot(tiny().build());
        assertThat(orderly.host().run("echo whole > /root/note")).succeeded();
        orderly.host().power().shutdown();
        assertThat(qemuImg("check", orderly.sealedDisk())).isZero();

        Stay cut = lab.boot(tiny().build());
        cut.host().power().cut();
        assertThatThrownBy(cut::sealedDisk)
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("did not switch the machine off in good order");
    }

    @Test
    void machines_that_are_wanted_together_reach_each_other_on_their_private_network() {
        List<Stay> stays = lab.boot(List.of(
                tiny().name("one").network("lan").build(),
                tiny().name("two").network("lan").build()));
        BootedHost one = stays.get(0).host();
        BootedHost two = stays.get(1).host();
        assertThat(one.run("ip addr add 10.9.0.1/24 dev eth1 && ip link set eth1 up"))
                .succeeded();
        assertThat(two.run("ip addr add 10.9.0.2/24 dev eth1 && ip link set eth1 up"))
                .succeeded();

        assertThat(two.run("ping -c 1 -w 20 10.9.0.1")).succeeded();
    }

    @Test
    void a_machine_whose_qemu_is_killed_is_trouble_of_the_lab() {
        Stay stay = lab.boot(tiny().build());
        long qemu = ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").contains("qemu-system"))
                .findFirst()
                .orElseThrow()
                .pid();

        ProcessHandle.of(qemu).orElseThrow().destroyForcibly();

        org.awaitility.Awaitility.await("the lab notices")
                .atMost(Duration.ofSeconds(10))
                .until(() -> stay.labTrouble().isPresent());
    }

    @Test
    void a_guest_sees_a_bad_block_where_a_test_puts_one_and_survives_a_lost_connection() throws Exception {
        Stay stay = lab.boot(tiny().build());
        BootedHost host = stay.host();
        host.disk().trace();
        try (Faults.Fault bad = host.disk().faults().failReads(0, 8, SenseCode.UNRECOVERED_READ_ERROR)) {
            assertThat(host.run("dd if=/dev/sda of=/dev/null bs=4096 count=1 iflag=direct"))
                    .failed();
        }
        host.disk().faults().dropConnections();
        assertThat(host.run("dd if=/dev/sda of=/dev/null bs=4096 count=1 iflag=direct"))
                .succeeded();
        assertThat(stay.labTrouble()).isEmpty();

        Failure failure = stay.keep(new FailureDescription("[test]", "LabIT.test()", Kind.TEST, null));

        assertThat(Files.readString(failure.directory().resolve("trace.csv"))).contains("READ_10,");
        assertThat(Files.readString(failure.directory().resolve("trace.svg"))).contains("#d22");
    }

    private static HostRequest.Builder tiny() {
        return HostRequest.of(TestHome.TINY).memoryMebibytes(256).purpose("LabIT");
    }

    private static int qemuImg(String command, Path disk) throws Exception {
        return new ProcessBuilder("qemu-img", command, disk.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
