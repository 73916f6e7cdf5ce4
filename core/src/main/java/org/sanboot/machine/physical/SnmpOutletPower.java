package org.sanboot.machine.physical;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;
import org.sanboot.process.FileTrees;
import org.sanboot.process.Programs;

/** An outlet of a power distribution unit, by SNMP. The community goes by a file that only this user can read. */
final class SnmpOutletPower implements PowerControl {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final PowerConnection.SnmpOutlet connection;
    private final Path snmpget;
    private final Path snmpset;

    SnmpOutletPower(PowerConnection.SnmpOutlet connection) {
        this.connection = connection;
        this.snmpget = Programs.require("snmpget", "snmp", "read power outlets");
        this.snmpset = Programs.require("snmpset", "snmp", "switch power outlets");
    }

    @Override
    public String description() {
        return "SNMP outlet %s of %s".formatted(connection.outlet(), connection.address());
    }

    @Override
    public Set<Capability> capabilities() {
        return Set.of(Capability.ON, Capability.OFF, Capability.STATE);
    }

    @Override
    public void on() {
        set(connection.on());
    }

    @Override
    public void off() {
        set(connection.off());
    }

    private void set(int value) {
        snmp(snmpset, "i", String.valueOf(value));
    }

    @Override
    public boolean isOn() {
        String value = snmp(snmpget);
        if (value.equals(String.valueOf(connection.on()))) {
            return true;
        }
        if (value.equals(String.valueOf(connection.off()))) {
            return false;
        }
        throw new PowerException(
                Kind.BUSY,
                "%s reads %s, which is neither on (%d) nor off (%d)."
                        .formatted(description(), value, connection.on(), connection.off()));
    }

    /** One try a second, three times; numbers and values without their types and names. */
    private String snmp(Path program, String... value) {
        List<String> command = new ArrayList<>(
                List.of(program.toString(), "-Oqve", "-t", "1", "-r", "2", connection.address(), connection.outlet()));
        command.addAll(List.of(value));
        Path directory = writeConfiguration(connection.community().read());
        try {
            Tool.Result result = Tool.run(
                    description(),
                    command,
                    Map.of(
                            "SNMPCONFPATH",
                            directory.toString(),
                            "SNMP_PERSISTENT_DIR",
                            directory.toString(),
                            "MIBS",
                            ""),
                    TIMEOUT);
            if (!result.succeeded()) {
                throw failure(result);
            }
            return result.output();
        } finally {
            delete(directory);
        }
    }

    private PowerException failure(Tool.Result result) {
        // An agent does not answer to a community that it does not know, so the two cannot be told apart.
        boolean silent = result.said().contains("Timeout");
        return new PowerException(
                silent ? Kind.UNREACHABLE : Kind.REFUSED,
                silent
                        ? "%s does not answer; check its address and the community from %s."
                                .formatted(description(), connection.community())
                        : "%s: %s".formatted(description(), result.said()));
    }

    private static Path writeConfiguration(String community) {
        if (!community.matches("[!-~&&[^\"#]]+")) {
            throw new ConfigurationException("An SNMP community must be printable ASCII without quotes, # and spaces.");
        }
        try {
            // Made with mode 0700.
            Path directory = Files.createTempDirectory("sanboot-snmp");
            Path file = Files.createFile(
                    directory.resolve("snmp.conf"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, "defVersion 2c\ndefCommunity %s\n".formatted(community));
            return directory;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot write a configuration for snmpget: " + e, e);
        }
    }

    private static void delete(Path directory) {
        try {
            FileTrees.delete(directory);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "Cannot remove %s, which holds an SNMP community: %s".formatted(directory, e), e);
        }
    }

    @Override
    public void reset() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void softOff() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        throw new UnsupportedOperationException(description());
    }

    /** Each command is an exchange of its own. */
    @Override
    public void close() {}
}
