package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.machine.MachineListener;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;

@Tag("boot")
@Timeout(180)
class QemuMachineIT {

    private static final Duration BOOT = Duration.ofSeconds(60);
    private static final String WAITING = "#!ipxe\necho the script runs\n:stopped\nsleep 3600\ngoto stopped\n";

    @TempDir
    Path parent;

    private Run run;
    private final Recorder recorder = new Recorder();

    @BeforeEach
    void open() {
        if (System.getenv("CI") == null) {
            assumeThat(Programs.find("qemu-system-x86_64"))
                    .as("package qemu-system-x86")
                    .isPresent();
            for (Firmware firmware : Firmware.values()) {
                assumeThatCode(() -> QemuMachine.requireInstalled(firmware)).doesNotThrowAnyException();
            }
        }
        run = Run.open(parent);
    }

    @AfterEach
    void close() {
        run.close();
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void runs_its_boot_script_and_shows_it_on_console_and_screen(Firmware firmware) throws Exception {
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", firmware, WAITING))) {
            StringBuffer heard = new StringBuffer();
            machine.console().listen(heard::append);

            machine.powerOn();
            machine.powerOn();
            awaitOnConsole(machine, "the script runs");

            assertThat(machine.isOn()).isTrue();
            assertThat(heard).contains("the script runs");
            assertThat(machine.errorLog()).isEmptyFile();
            Path png = parent.resolve("screen.png");
            machine.screenshot(png);
            ByteBuffer image = ByteBuffer.wrap(Files.readAllBytes(png));
            assertThat(image.getLong()).as("PNG signature").isEqualTo(0x89504e470d0a1a0aL);
            assertThat(image.getInt(16)).as("width in IHDR").isBetween(640, 1920);
            assertThat(image.getInt(20)).as("height in IHDR").isBetween(400, 1200);

            machine.powerCut();
            machine.powerCut();
            assertThat(machine.isOn()).isFalse();
        }
        assertThat(recorder.happened()).containsExactly("powered on", "powered off by guest: false");
    }

    @Test
    void a_script_that_cannot_go_on_says_so_on_the_console() {
        // Nothing listens on port 1 of the loopback.
        String script = IpxeScript.builder()
                .initiator("iqn.2026-01.org.example:host")
                .target(QemuMachine.HOST_ADDRESS, 1, 1, "iqn.2026-01.org.example:clone")
                .address(QemuMachine.GUEST_ADDRESS)
                .build()
                .text();
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, script))) {
            machine.powerOn();
            awaitOnConsole(machine, IpxeScript.FAILED + " 0x");

            assertThat(machine.console().tail(3))
                    .contains(IpxeScript.STARTING.substring(0, 12), "Could not open SAN device: Connection reset");
            assertThat(machine.isOn()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void reset_runs_the_boot_script_again(Firmware firmware) {
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", firmware, WAITING))) {
            machine.powerOn();
            awaitOnConsole(machine, "the script runs");

            machine.reset();

            await("script ran again")
                    .atMost(BOOT)
                    .until(() -> occurrences(
                                    "the script runs",
                                    Files.readString(machine.console().log()))
                            == 2);
            // SeaBIOS resets the machine once more.
            assertThat(recorder.happened()).startsWith("powered on", "reset").containsOnly("powered on", "reset");
        }
    }

    @Test
    void a_power_cycle_keeps_the_log_and_the_machine() throws Exception {
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING))) {
            machine.powerOn();
            awaitOnConsole(machine, "the script runs");
            machine.powerCut();
            machine.powerOn();
            await("script ran again")
                    .atMost(BOOT)
                    .until(() -> occurrences(
                                    "the script runs",
                                    Files.readString(machine.console().log()))
                            == 2);

            assertThat(Files.readString(machine.console().log())).contains("=== powered on");
        }
        assertThat(recorder.happened())
                .containsExactly(
                        "powered on", "powered off by guest: false", "powered on", "powered off by guest: false");
    }

    @Test
    void a_guest_that_switches_itself_off_is_noticed() throws Exception {
        try (BootProgram program = BootProgram.switchingOff();
                QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, program.script()))) {
            machine.powerOn();

            await("machine off").atMost(BOOT).until(() -> !machine.isOn());
            recorder.awaitLast("powered off by guest: true");
            assertThat(recorder.happened()).containsExactly("powered on", "powered off by guest: true");
            assertThatThrownBy(machine::sshAddress)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Machine 'web' is off.");
        }
    }

    @Test
    void a_guest_that_resets_itself_is_noticed() throws Exception {
        try (BootProgram program = BootProgram.resetting();
                QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, program.script()))) {
            machine.powerOn();

            recorder.awaitLast("reset");
            assertThat(machine.isOn()).isTrue();
        }
    }

    @Test
    void a_guest_that_panics_is_noticed_and_stays_for_the_screenshot() throws Exception {
        try (BootProgram program = BootProgram.panicking();
                QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, program.script()))) {
            machine.powerOn();

            recorder.awaitLast("panicked: GUEST_PANICKED {\"action\":\"pause\"}");
            machine.screenshot(parent.resolve("screen.png"));
            assertThat(machine.isOn()).isTrue();
        }
    }

    @Test
    void a_guest_that_does_not_shut_down_is_the_tests_error() {
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING))) {
            machine.shutdown(Duration.ofSeconds(1));
            machine.powerOn();
            awaitOnConsole(machine, "the script runs");

            assertThatThrownBy(() -> machine.shutdown(Duration.ofMillis(300)))
                    .isInstanceOf(TestException.class)
                    .hasMessageStartingWith("Machine 'web' is still on 0.3 s after")
                    .hasMessageEndingWith("the script runs");
        }
    }

    @Test
    void a_qemu_that_is_ended_from_outside_has_died() {
        try (QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING))) {
            machine.powerOn();
            qemu().destroy();
            recorder.awaitLast("died: terminating on signal 15 from pid "
                    + ProcessHandle.current().pid());
            assertThat(machine.isOn()).isFalse();

            machine.powerOn();
            qemu().destroyForcibly();
            recorder.awaitLast("died: QEMU was ended by signal 9");
            assertThat(machine.isOn()).isFalse();
        }
    }

    @Test
    void a_wrong_argument_is_reported_at_once_in_qemus_words() {
        try (QemuMachine machine =
                machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING).networkCard("no-such-card"))) {
            assertThatThrownBy(machine::powerOn)
                    .isInstanceOf(InfrastructureException.class)
                    .hasMessageStartingWith("Machine 'web': QEMU did not start: -device no-such-card")
                    .hasMessageContaining("'no-such-card' is not a valid device model name")
                    .hasMessageEndingWith("(its command line is in %s)".formatted(machine.commandLine()));
            assertThat(machine.isOn()).isFalse();
        }
        assertThat(recorder.happened()).isEmpty();
    }

    @Test
    void the_port_for_ssh_is_free_and_on_the_loopback_only() throws Exception {
        try (QemuMachine first = machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING));
                Socket socket = new Socket()) {
            first.powerOn();

            assertThat(first.sshAddress().getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
            socket.connect(first.sshAddress(), 5_000);
            assertThat(socket.isConnected()).isTrue();
            assertThat(Files.readAllLines(Path.of("/proc/net/tcp")))
                    .as("listeners on all addresses")
                    .noneMatch(line -> line.contains(
                            " 00000000:%04X ".formatted(first.sshAddress().getPort())));
        }
    }

    @Test
    void two_machines_join_a_private_network() {
        try (PrivateNetwork network = PrivateNetwork.open(run, "backend");
                QemuMachine first = machine(
                        QemuConfiguration.builder("web", Firmware.BIOS, WAITING).privateNetwork(network));
                QemuMachine second = machine(QemuConfiguration.builder("database", Firmware.UEFI, WAITING)
                        .privateNetwork(network))) {
            first.powerOn();
            second.powerOn();

            assertThat(first.sshAddress()).isNotEqualTo(second.sshAddress());
            await("both plugged in").until(() -> network.joined() == 2);
            awaitOnConsole(first, "the script runs");
            awaitOnConsole(second, "the script runs");
        }
    }

    @Test
    void two_machines_of_a_run_cannot_have_one_name() {
        var builder = QemuConfiguration.builder("web", Firmware.BIOS, WAITING);
        try (QemuMachine first = machine(builder)) {
            assertThatThrownBy(() -> machine(builder))
                    .isInstanceOf(InfrastructureException.class)
                    .hasMessageContaining("two machines of a run cannot have one name");
        }
    }

    @Test
    void closing_the_run_ends_the_machine() {
        QemuMachine machine = machine(QemuConfiguration.builder("web", Firmware.BIOS, WAITING));
        machine.powerOn();
        ProcessHandle qemu = qemu();

        run.close();

        // The run saw its end; that this JVM has collected its exit status is a moment later.
        assertThat(qemu.onExit()).succeedsWithin(Duration.ofSeconds(10));
        recorder.awaitLast("died: QEMU was ended by signal 9");
        machine.close();
        assertThatThrownBy(machine::powerOn).isInstanceOf(IllegalStateException.class);
    }

    private QemuMachine machine(QemuConfiguration.Builder builder) {
        QemuMachine machine = QemuMachine.create(run, builder.build());
        machine.addListener(recorder);
        return machine;
    }

    private static ProcessHandle qemu() {
        return ProcessHandle.current()
                .children()
                .filter(child -> child.info().command().orElse("").contains("qemu-system"))
                .findFirst()
                .orElseThrow();
    }

    private static void awaitOnConsole(QemuMachine machine, String text) {
        await("'" + text + "' on the console")
                .atMost(BOOT)
                .until(() -> machine.console().tail(20).contains(text));
    }

    private static int occurrences(String part, String whole) {
        return whole.split(part, -1).length - 1;
    }

    private static final class Recorder implements MachineListener {

        private final List<String> happened = new CopyOnWriteArrayList<>();

        List<String> happened() {
            return happened;
        }

        void awaitLast(String expected) {
            await("'" + expected + "'")
                    .atMost(BOOT)
                    .untilAsserted(() -> assertThat(happened).last().asString().startsWith(expected));
        }

        @Override
        public void poweredOn() {
            happened.add("powered on");
        }

        @Override
        public void poweredOff(boolean byGuest) {
            happened.add("powered off by guest: " + byGuest);
        }

        @Override
        public void wasReset() {
            happened.add("reset");
        }

        @Override
        public void guestPanicked(String what) {
            happened.add("panicked: " + what);
        }

        @Override
        public void died(String why) {
            happened.add("died: " + why);
        }
    }
}
