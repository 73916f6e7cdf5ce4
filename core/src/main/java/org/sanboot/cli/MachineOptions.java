package org.sanboot.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.MachineType;
import org.sanboot.lab.HostRequest;
import picocli.CommandLine.Option;

/** What a machine for a person is made of. */
final class MachineOptions {

    @Option(
            names = "--machine",
            paramLabel = "WHAT",
            description =
                    "A machine type, a host, or a requirement such as \"amd & uefi\"; ${DEFAULT-VALUE} by default.")
    private String machine = MachineType.QEMU;

    @Option(names = "--firmware", description = "${COMPLETION-CANDIDATES}; by default the first that the image knows.")
    private @Nullable Firmware firmware;

    @Option(names = "--memory", paramLabel = "SIZE", description = "${DEFAULT-VALUE} by default.")
    private String memory = "512M";

    @Option(names = "--cpus", paramLabel = "N", description = "${DEFAULT-VALUE} by default.")
    private int cpus = 1;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long the boot may take; ${DEFAULT-VALUE} by default.")
    private int seconds = 300;

    HostRequest.Builder applyTo(HostRequest.Builder request) {
        if (firmware != null) {
            request.firmware(firmware);
        }
        long mebibytes = ByteSize.parse(memory).bytes() >> 20;
        return request.machine(machine)
                .memoryMebibytes((int) Math.min(mebibytes, Integer.MAX_VALUE))
                .cpus(cpus)
                .readyTimeout(Duration.ofSeconds(seconds));
    }
}
