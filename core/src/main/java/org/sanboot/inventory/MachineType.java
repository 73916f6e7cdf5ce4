package org.sanboot.inventory;

import java.util.Set;
import org.sanboot.boot.Firmware;

/**
 * What hosts of one kind have in common.
 *
 * @param name as requirements spell it
 * @param firmware what it starts by
 * @param nicModel its network card, in words for people; what an image must have a driver for
 * @param boot how its firmware finds the boot script
 * @param managementPort by which its management controller is reached
 * @param timeouts how long it may take
 * @param labels further words that requirements may use
 */
public record MachineType(
        String name,
        Firmware firmware,
        String nicModel,
        BootMethod boot,
        ManagementPort managementPort,
        StageTimeouts timeouts,
        Set<String> labels) {

    /** The type that is always there: a virtual machine, made when it is wanted. */
    public static final String QEMU = "qemu";

    /** Copies the labels. */
    public MachineType {
        labels = Set.copyOf(labels);
    }
}
