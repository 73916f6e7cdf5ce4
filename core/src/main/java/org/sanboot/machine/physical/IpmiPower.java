package org.sanboot.machine.physical;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;
import org.sanboot.process.Programs;

/**
 * A management controller by IPMI 2.0 (RMCP+), driven by ipmitool. The password goes by its environment, which only the
 * same user can read.
 */
final class IpmiPower implements PowerControl {

    /** One second, tried twice in each of three ways: a dead controller costs six seconds and not twenty. */
    private static final List<String> PATIENCE = List.of("-N", "1", "-R", "2");

    /** Only by -v does it say why there is no session. */
    private static final String REASONS = "-v";

    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final PowerConnection.Ipmi connection;
    private final Path ipmitool;

    IpmiPower(PowerConnection.Ipmi connection) {
        this.connection = connection;
        this.ipmitool = Programs.require("ipmitool", "ipmitool", "talk to management controllers by IPMI");
    }

    /** Returns ipmitool's command line, to which the command is added. */
    static List<String> commandLine(Path ipmitool, PowerConnection.Ipmi connection) {
        List<String> command = new ArrayList<>(List.of(
                ipmitool.toString(),
                REASONS,
                "-I",
                "lanplus",
                "-H",
                connection.address(),
                "-p",
                String.valueOf(connection.port()),
                "-U",
                connection.user(),
                "-C",
                String.valueOf(connection.cipherSuite()),
                "-E"));
        command.addAll(PATIENCE);
        return command;
    }

    /** Returns what ipmitool's {@code -E} reads. */
    static Map<String, String> environment(PowerConnection.Ipmi connection) {
        return Map.of("IPMI_PASSWORD", connection.password().read());
    }

    @Override
    public String description() {
        return "IPMI controller %s:%d".formatted(connection.address(), connection.port());
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.values());
    }

    @Override
    public void on() {
        ipmi("chassis", "power", "on");
    }

    @Override
    public void off() {
        ipmi("chassis", "power", "off");
    }

    @Override
    public boolean isOn() {
        String answer = ipmi("chassis", "power", "status");
        if (answer.endsWith("is on")) {
            return true;
        }
        if (answer.endsWith("is off")) {
            return false;
        }
        throw new PowerException(
                Kind.BUSY, "%s does not tell its power state but: %s".formatted(description(), answer));
    }

    @Override
    public void reset() {
        ipmi("chassis", "power", "reset");
    }

    @Override
    public void softOff() {
        ipmi("chassis", "power", "soft");
    }

    /** Sets the boot flags (IPMI 2.0, table 28-14): valid, once, and PXE. */
    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        // Parameter 3, bit 3: the flags otherwise expire after 60 s. Not every controller knows it.
        Tool.Result expiry = run("raw", "0x00", "0x08", "0x03", "0x08");
        if (!expiry.succeeded() && failure(expiry).kind() != Kind.REFUSED) {
            throw failure(expiry);
        }
        String flags = switch (firmware) {
            case BIOS -> "0x80";
            case UEFI -> "0xa0";
        };
        ipmi("raw", "0x00", "0x08", "0x05", flags, "0x04", "0x00", "0x00", "0x00");
    }

    private String ipmi(String... command) {
        Tool.Result result = run(command);
        if (!result.succeeded()) {
            throw failure(result);
        }
        return result.output();
    }

    private Tool.Result run(String... command) {
        List<String> commandLine = commandLine(ipmitool, connection);
        commandLine.addAll(List.of(command));
        return Tool.run(description(), commandLine, environment(connection), TIMEOUT);
    }

    private PowerException failure(Tool.Result result) {
        String said = result.said().replace("Loading IANA PEN Registry...", "").strip();
        if (said.contains("RAKP")) {
            return new PowerException(
                    Kind.REFUSED,
                    "%s refuses user %s with the password from %s: %s"
                            .formatted(description(), connection.user(), connection.password(), said));
        }
        if (said.contains("open session response")) {
            return new PowerException(
                    Kind.REFUSED,
                    "%s refuses cipher suite %d; say another one in the inventory, such as 3: %s"
                            .formatted(description(), connection.cipherSuite(), said));
        }
        if (said.contains("Unable to establish")) {
            return new PowerException(
                    Kind.UNREACHABLE,
                    "%s does not answer; check its address and its network: %s".formatted(description(), said));
        }
        boolean busy = Stream.of(
                        "Node busy", "Timeout", "timeout", "not supported in present state", "Unspecified error")
                .anyMatch(said::contains);
        return new PowerException(busy ? Kind.BUSY : Kind.REFUSED, "%s: %s".formatted(description(), said));
    }

    /** Each command is a session of its own. */
    @Override
    public void close() {}
}
