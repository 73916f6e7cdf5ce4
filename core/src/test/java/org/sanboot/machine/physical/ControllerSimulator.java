package org.sanboot.machine.physical;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** A management controller by OpenIPMI's simulator, whose chassis is a shell script. */
final class ControllerSimulator implements AutoCloseable {

    /** Presence ping (ASF 2.0, section 3.2.4.2). */
    private static final byte[] PING = HexFormat.of().parseHex("0600ff06000011be80000000");

    /** Power is a file; a file "stuck" keeps it on. */
    static final String FILE_CHASSIS = """
            #!/bin/sh
            cd "$(dirname "$0")" && echo "$*" >> chassis.log
            shift
            case $1 in
              get) shift
                for what in "$@"; do
                  case $what in power) echo "power:$(cat power 2> /dev/null || echo 0)";; *) echo "$what:0";; esac
                done;;
              set) shift
                while [ $# -gt 1 ]; do
                  case $1 in power) [ -e stuck ] || echo "$2" > power;; shutdown) echo 0 > power;; esac
                  shift 2
                done;;
            esac
            """;

    static final String PASSWORD = "correct-horse";

    private final Path directory;
    private final String address;
    private final int port;
    private final Process process;

    ControllerSimulator(Path directory, String chassis, String sol) throws IOException {
        this(directory, chassis, sol, "127.0.0.1", freePort());
    }

    ControllerSimulator(Path directory, String chassis, String sol, String address, int port) throws IOException {
        TestHome.require(Programs.find("ipmi_sim").isPresent(), "ipmi_sim is missing: apt-get install openipmi");
        TestHome.require(Programs.find("ipmitool").isPresent(), "ipmitool is missing: apt-get install ipmitool");
        this.directory = directory;
        this.address = address;
        this.port = port;
        Path script = Files.writeString(directory.resolve("chassis"), chassis);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        String methods = "none md2 md5 straight";
        Files.writeString(directory.resolve("lan.conf"), """
                name "host1"
                set_working_mc 0x20
                  startlan 1
                    addr %1$s %2$d
                    priv_limit admin
                    allowed_auths_callback %3$s
                    allowed_auths_user %3$s
                    allowed_auths_operator %3$s
                    allowed_auths_admin %3$s
                    guid a123456789abcdefa123456789abcdef
                  endlan
                  chassis_control "%4$s host1"
                  %5$s
                  user 1 false "" "none" user 10 %3$s
                  user 2 true "ADMIN" "%6$s" admin 10 %3$s
                """.formatted(address, port, methods, script, sol, PASSWORD));
        Files.writeString(directory.resolve("bmc.emu"), """
                mc_setbmc 0x20
                mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
                sel_enable 0x20 1000 0x0a
                mc_enable 0x20
                """);
        Files.createDirectories(directory.resolve("state"));
        this.process = start();
        await("the simulator answers").atMost(Duration.ofSeconds(20)).until(this::answers);
    }

    static int freePort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private Process start() throws IOException {
        Path log = directory.resolve("simulator.log");
        return new ProcessBuilder("ipmi_sim", "-n", "-c", "lan.conf", "-f", "bmc.emu", "-s", "state")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    private boolean answers() throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(200);
            socket.send(new DatagramPacket(PING, PING.length, InetAddress.getByName(address), port));
            socket.receive(new DatagramPacket(new byte[64], 64));
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    /** Stops it in the middle of whatever it does: it neither answers nor ends. */
    void freeze() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-STOP", String.valueOf(pid())).start().waitFor();
    }

    String chassisLog() throws IOException {
        Path log = directory.resolve("chassis.log");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
