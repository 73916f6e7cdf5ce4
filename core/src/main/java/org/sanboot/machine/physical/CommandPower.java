package org.sanboot.machine.physical;

import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.PasswordReference;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.machine.physical.PowerException.Kind;

/** Power by shell lines: AMT tools, relays, a hypervisor. */
final class CommandPower implements PowerControl {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final PhysicalHost host;
    private final PowerConnection.Command connection;

    CommandPower(PhysicalHost host, PowerConnection.Command connection) {
        this.host = host;
        this.connection = connection;
    }

    @Override
    public String description() {
        return "power command of " + host.name();
    }

    @Override
    public Set<Capability> capabilities() {
        Set<Capability> capabilities = EnumSet.of(Capability.ON, Capability.OFF);
        if (connection.status() != null) {
            capabilities.add(Capability.STATE);
        }
        if (connection.reset() != null) {
            capabilities.add(Capability.RESET);
        }
        return capabilities;
    }

    @Override
    public void on() {
        run(connection.on());
    }

    @Override
    public void off() {
        run(connection.off());
    }

    @Override
    public boolean isOn() {
        String answer = run(connection.status()).lines().findFirst().orElse("").strip();
        return switch (answer.toLowerCase(Locale.ROOT)) {
            case "on" -> true;
            case "off" -> false;
            default ->
                throw new PowerException(
                        Kind.BUSY, "The %s says '%s', neither on nor off.".formatted(description(), answer));
        };
    }

    @Override
    public void reset() {
        run(connection.reset());
    }

    private String run(@Nullable String line) {
        if (line == null) {
            throw new UnsupportedOperationException(description());
        }
        Map<String, String> environment = new HashMap<>();
        environment.put("SANBOOT_HOST", host.name());
        environment.put("SANBOOT_MAC", host.mac().toString());
        String address = connection.address();
        if (address != null) {
            environment.put("SANBOOT_BMC", address);
        }
        PasswordReference reference = connection.password();
        String password = reference == null ? null : reference.read();
        if (password != null) {
            environment.put("SANBOOT_PASSWORD", password);
        }
        Tool.Result result = Tool.run(description(), List.of("sh", "-c", line), environment, TIMEOUT);
        if (!result.succeeded()) {
            String said = password == null ? result.said() : result.said().replace(password, "(secret)");
            throw new PowerException(
                    Kind.BUSY, "The %s failed with status %d: %s".formatted(description(), result.status(), said));
        }
        return result.output();
    }

    @Override
    public void softOff() {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        throw new UnsupportedOperationException(description());
    }

    @Override
    public void close() {}
}
