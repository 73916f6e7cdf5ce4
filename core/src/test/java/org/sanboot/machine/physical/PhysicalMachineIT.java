package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.TestException;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.Inventory;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.sanboot.testing.TestHome;

/** A machine whose controller and serial line are simulated, and whose firmware is this test. */
@Tag("boot")
class PhysicalMachineIT {

    private static final IpxeScript SCRIPT = IpxeScript.builder()
            .initiator("iqn.2026-11.org.sanboot:host.1")
            .target("127.0.0.1", 3260, 0, "iqn.2026-11.org.sanboot:disk.1")
            .chained()
            .build();

    @TempDir
    private Path directory;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final HttpClient firmware = HttpClient.newHttpClient();
    private Path cable;
    private Run run;
    private ControllerSimulator controller;
    private BootNetwork network;
    private PhysicalMachine machine;

    @BeforeEach
    void start() throws IOException {
        TestHome.require(Programs.find("socat").isPresent(), "socat is missing: apt-get install socat");
        cable = directory.resolve("cable");
        run = Run.open(directory.resolve("runs"));
        run.start(new ProcessBuilder(
                "socat", "pty,raw,echo=0,link=" + cable + "-host", "pty,raw,echo=0,link=" + cable + "-bmc"));
        await("the cable").until(() -> Files.exists(Path.of(cable + "-bmc")));
        controller = startController(ControllerSimulator.freePort());
    }

    @AfterEach
    void stop() throws InterruptedException {
        if (machine != null) {
            machine.close();
            network.close();
        }
        controller.close();
        run.close();
    }

    @Test
    void a_boot_is_followed_from_the_network() throws Exception {
        create("dedicated", "2m");
        machine.powerOn();
        assertThat(machine.isOn()).isTrue();
        assertThatExceptionOfType(IllegalStateException.class).isThrownBy(machine::sshAddress);

        bootAsFirmware();

        awaitEvents("on", "SCRIPT_FETCHED", "SCRIPT_RUNNING");
        assertThat(machine.sshAddress().getHostString()).isEqualTo("127.0.0.1");
        bootAsFirmware();
        awaitEvents("on", "SCRIPT_FETCHED", "SCRIPT_RUNNING", "reset", "SCRIPT_FETCHED", "SCRIPT_RUNNING");
        await("the network boot to be set again for each restart that the guest makes by itself")
                .until(() -> Collections.frequency(orders(), "host1 set boot pxe") == 3);
        machine.powerCut();
        awaitEvents("on", "SCRIPT_FETCHED", "SCRIPT_RUNNING", "reset", "SCRIPT_FETCHED", "SCRIPT_RUNNING", "off");
        assertThat(Files.readString(directory.resolve("power"))).isEqualTo("0\n");
        assertThat(orders())
                .startsWith("host1 set power 0", "host1 set boot pxe", "host1 set power 1", "host1 set boot pxe")
                .endsWith("host1 set power 0");
    }

    private List<String> orders() throws IOException {
        return controller
                .chassisLog()
                .lines()
                .filter(line -> line.contains("set"))
                .toList();
    }

    @Test
    void a_host_that_never_asks_for_its_script_is_reported() throws Exception {
        create("dedicated", "1s");

        machine.powerOn();

        awaitEvents(
                "on",
                "died: host host1 did not fetch its boot script within 1 s; whether it asked for an address is not known"
                        + " here, for the site's DHCP server answers");
    }

    @Test
    void a_guest_that_switches_the_host_off_is_noticed() throws Exception {
        create("dedicated", "2m");
        machine.powerOn();

        Files.writeString(directory.resolve("power"), "0\n");

        await("the controller is asked").atMost(Duration.ofSeconds(40)).until(() -> !machine.isOn());
        awaitEvents("on", "off by guest");
    }

    @Test
    void the_power_button_shuts_down_and_a_guest_that_does_not_obey_is_the_tests_failure() throws Exception {
        create("dedicated", "2m");
        machine.powerOn();
        machine.shutdown(Duration.ofSeconds(10));
        awaitEvents("on", "off by guest");

        machine.powerOn();
        Path chassis = directory.resolve("chassis");
        Files.writeString(chassis, Files.readString(chassis).replace("shutdown)", "nobody)"));
        assertThatExceptionOfType(TestException.class)
                .isThrownBy(() -> machine.shutdown(Duration.ofSeconds(2)))
                .withMessageContaining("Host 'host1' is still on");
    }

    @Test
    void what_the_host_prints_is_read_and_what_is_typed_arrives() throws Exception {
        create("dedicated", "2m");
        machine.powerOn();
        awaitConsole("console connected");

        print("login: ");
        awaitConsole("login: ");
        try (FileInputStream line = new FileInputStream(cable + "-host")) {
            machine.console().type("~r~\n~.");
            await("the keyboard").atMost(Duration.ofSeconds(10)).until(() -> line.available() > 5);
            byte[] typed = new byte[6];
            assertThat(line.read(typed)).isEqualTo(6);
            assertThat(new String(typed, StandardCharsets.US_ASCII)).isEqualTo("~r~\n~.");
        }
    }

    @Test
    void a_console_that_is_lost_comes_back_with_a_mark() throws Exception {
        create("dedicated", "2m");
        machine.powerOn();
        awaitConsole("console connected");
        int port = controller.port();

        controller.close();
        await("the gap")
                .atMost(Duration.ofSeconds(60))
                .until(() -> consoleText().contains("console lost"));
        controller = startController(port);

        await("the console is back").atMost(Duration.ofSeconds(60)).until(() -> {
            print("still here\n");
            return machine.console().tail(3).contains("still here");
        });
        Files.writeString(directory.resolve("power"), "1\n");
    }

    @Test
    void on_a_shared_port_no_console_is_open_before_the_script_runs() throws Exception {
        create("shared", "2m");

        machine.powerOn();
        assertThat(consoleText()).isEmpty();
        bootAsFirmware();
        awaitConsole("console connected");
        machine.powerCut();

        String before = consoleText();
        machine.powerOn();
        assertThat(consoleText()).isEqualTo(before);
    }

    private ControllerSimulator startController(int port) throws IOException {
        return new ControllerSimulator(
                directory,
                ControllerSimulator.FILE_CHASSIS,
                "sol \"%s-bmc\" 115200 nortscts history=65536".formatted(cable),
                "127.0.0.1",
                port);
    }

    private void create(String managementPort, String scriptTimeout) throws IOException {
        Path file = Files.writeString(directory.resolve(Inventory.FILE), """
                network: {address: 127.0.0.1, httpPort: 0, tftpPort: 0}
                types:
                  bed:
                    firmware: bios
                    managementPort: %s
                    timeouts: {power: 5s, offTime: 10ms, script: %s}
                    power:
                      ipmi: {user: ADMIN, password: "file:%s", cipherSuite: 3, port: %d, interval: 0s}
                hosts:
                  host1: {type: bed, mac: 52:54:00:00:00:01, bmc: 127.0.0.1}
                """.formatted(
                        managementPort,
                        scriptTimeout,
                        Files.writeString(directory.resolve("secret"), ControllerSimulator.PASSWORD),
                        controller.port()));
        Inventory inventory = Inventory.read(file);
        network = BootNetwork.start(run, inventory);
        machine = network.machine(inventory.host("host1"), SCRIPT);
        machine.addListener(new MachineListener() {
            @Override
            public void poweredOn() {
                events.add("on");
            }

            @Override
            public void poweredOff(boolean byGuest) {
                events.add(byGuest ? "off by guest" : "off");
            }

            @Override
            public void wasReset() {
                events.add("reset");
            }

            @Override
            public void networkBoot(NetworkBootStep step) {
                events.add(step.name());
            }

            @Override
            public void died(String why) {
                events.add("died: " + why);
            }
        });
    }

    /** Does what the scripts say, up to the disk. */
    private void bootAsFirmware() throws Exception {
        URI entry = network.server().entryScript();
        String admission = get(entry.resolve("/boot/52-54-00-00-00-01.ipxe"));
        String script = get(URI.create(find("--replace (\\S+)", admission)));
        get(URI.create(find("(http://\\S+/script-running)", script)));
    }

    private String get(URI uri) throws IOException, InterruptedException {
        return firmware.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    private static String find(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private void print(String text) throws IOException {
        try (OutputStream line = Files.newOutputStream(Path.of(cable + "-host"))) {
            line.write(text.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private String consoleText() throws IOException {
        return Files.readString(machine.console().log());
    }

    private void awaitConsole(String text) {
        await("console shows " + text)
                .atMost(Duration.ofSeconds(20))
                .until(() -> consoleText().contains(text));
    }

    private void awaitEvents(String... expected) {
        await("events")
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(events).containsExactly(expected));
    }
}
