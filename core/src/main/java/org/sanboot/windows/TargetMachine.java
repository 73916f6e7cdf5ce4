package org.sanboot.windows;

import java.util.List;
import java.util.Optional;

/**
 * A type of machine, as far as it decides whether a Windows boots on it over the network.
 *
 * @param name its name in the inventory
 * @param hardwareIds how its boot card may show itself, such as {@code PCI\VEN_8086&DEV_100E}
 * @param location where the card sits, {@code device.function} in hexadecimal from the root on, such as {@code 04.0};
 *     nothing when it is not pinned
 * @param serialNumber whether the card has a serial number made of its MAC address, which ties an image to that MAC
 */
public record TargetMachine(String name, List<String> hardwareIds, Optional<String> location, boolean serialNumber) {

    /** Makes the list immutable. */
    public TargetMachine {
        hardwareIds = List.copyOf(hardwareIds);
    }

    /**
     * Lists QEMU's network cards that Windows has drivers for, on a machine named after the card.
     *
     * @return cards whose place is not pinned
     */
    public static List<TargetMachine> qemu() {
        return List.of(
                qemu("virtio-net-pci", false, "PCI\\VEN_1AF4&DEV_1000", "PCI\\VEN_1AF4&DEV_1041"),
                qemu("e1000", false, "PCI\\VEN_8086&DEV_100E"),
                qemu("e1000e", true, "PCI\\VEN_8086&DEV_10D3"),
                qemu("rtl8139", false, "PCI\\VEN_10EC&DEV_8139"),
                qemu("vmxnet3", true, "PCI\\VEN_15AD&DEV_07B0"));
    }

    private static TargetMachine qemu(String card, boolean serialNumber, String... hardwareIds) {
        return new TargetMachine(card, List.of(hardwareIds), Optional.empty(), serialNumber);
    }

    /** Makes the machine that an installation's own card comes from. */
    static TargetMachine of(NetworkCard card) {
        return new TargetMachine(
                card.description()
                        + card.location().map(place -> " at " + place).orElse(""),
                List.of(card.hardwareId()),
                card.location(),
                card.isKnownBySerialNumber());
    }
}
