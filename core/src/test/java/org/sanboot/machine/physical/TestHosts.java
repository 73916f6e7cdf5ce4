package org.sanboot.machine.physical;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.MacAddress;
import org.sanboot.inventory.BootMethod;
import org.sanboot.inventory.MachineType;
import org.sanboot.inventory.ManagementPort;
import org.sanboot.inventory.PasswordReference;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.inventory.StageTimeouts;

/** Hosts as an inventory would give them. */
final class TestHosts {

    static final MacAddress MAC = new MacAddress("52:54:00:00:00:01");

    private TestHosts() {}

    static PhysicalHost host(Firmware firmware, PowerConnection power) {
        StageTimeouts timeouts = new StageTimeouts(Duration.ofSeconds(2), Duration.ofMillis(50), Duration.ofMinutes(2));
        MachineType type = new MachineType(
                "bed", firmware, "virtio", BootMethod.PXE, ManagementPort.DEDICATED, timeouts, Set.of());
        return new PhysicalHost("host1", type, MAC, null, power, null, Set.of());
    }

    static PowerConnection.Ipmi ipmi(int port, PasswordReference password) {
        return new PowerConnection.Ipmi("127.0.0.1", port, "ADMIN", password, 3, Duration.ZERO);
    }

    static PasswordReference password(Path directory, String password) {
        try {
            Path file = Files.writeString(directory.resolve("password-" + password.length()), password + "\n");
            return PasswordReference.parse("file:" + file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static PowerConnection none() {
        return new PowerConnection.Command("true", "true", null, null, null, null, Duration.ZERO);
    }
}
