package org.sanboot.windows;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A type of machine, as far as it decides whether a Windows boots on it over the network.
 *
 * @param name its name in the inventory
 * @param hardwareIds how its boot card may show itself, such as {@code PCI\VEN_8086&DEV_100E}; none when that is not known
 * @param deviceIds the same with subsystem and revision, such as {@code
 *     PCI\VEN_8086&DEV_100E&SUBSYS_11001AF4&REV_03}; none when these are not known
 * @param location where the card sits, {@code device.function} in hexadecimal from the root on, such as {@code 04.0};
 *     nothing when it is not pinned
 * @param serialNumber whether the card has a serial number made of its MAC address, which ties an image to that MAC
 */
public record TargetMachine(
        String name,
        List<String> hardwareIds,
        List<String> deviceIds,
        Optional<String> location,
        boolean serialNumber) {

    private static final Pattern PCI_ID = Pattern.compile("\\b([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})\\b");

    /** Makes the list immutable. */
    public TargetMachine {
        hardwareIds = List.copyOf(hardwareIds);
        deviceIds = List.copyOf(deviceIds);
    }

    /**
     * Lists QEMU's network cards that Windows has drivers for, on a machine named after the card. The ids are those that
     * QEMU 7.2 shows in the cards' PCI configuration. {@code igb} is none of them: iPXE gets no link on QEMU's model of it.
     *
     * @return cards whose place is not pinned
     */
    public static List<TargetMachine> qemu() {
        return List.of(
                qemu(
                        "virtio-net-pci",
                        false,
                        "PCI\\VEN_1AF4&DEV_1000&SUBSYS_00011AF4&REV_00",
                        "PCI\\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01"),
                qemu("e1000", false, "PCI\\VEN_8086&DEV_100E&SUBSYS_11001AF4&REV_03"),
                qemu("e1000e", true, "PCI\\VEN_8086&DEV_10D3&SUBSYS_00008086&REV_00"),
                qemu("rtl8139", false, "PCI\\VEN_10EC&DEV_8139&SUBSYS_11001AF4&REV_20"),
                qemu("vmxnet3", true, "PCI\\VEN_15AD&DEV_07B0&SUBSYS_07B015AD&REV_01"));
    }

    /**
     * Describes a virtual machine, whose card's place is pinned so that an image made on one boots on all of its type.
     *
     * @param name of the machine type
     * @param networkCard QEMU's name of the card's model, such as {@code e1000}
     * @param slot of the card on the first bus, 0 to 31
     * @return the machine; without hardware ids when the model is none that is known
     */
    public static TargetMachine qemu(String name, String networkCard, int slot) {
        Optional<TargetMachine> card = qemu().stream()
                .filter(known -> known.name().equals(networkCard))
                .findFirst();
        return new TargetMachine(
                name,
                card.map(TargetMachine::hardwareIds).orElse(List.of()),
                card.map(TargetMachine::deviceIds).orElse(List.of()),
                Optional.of("%02x.0".formatted(slot)),
                card.map(TargetMachine::serialNumber).orElse(false));
    }

    /**
     * Describes a physical machine by what a person wrote about its card; in which slot its card sits, as Windows counts,
     * cannot be known from outside.
     *
     * @param name of the machine type
     * @param networkCard in any words, with the PCI vendor and device as {@code lspci -nn} prints them, such as {@code
     *     8086:15bc}
     * @return the machine; without hardware ids when the words name none
     */
    public static TargetMachine physical(String name, String networkCard) {
        List<String> hardwareIds = PCI_ID.matcher(networkCard)
                .results()
                .map(id ->
                        "PCI\\VEN_%s&DEV_%s".formatted(id.group(1), id.group(2)).toUpperCase(Locale.ROOT))
                .toList();
        return new TargetMachine(name, hardwareIds, List.of(), Optional.empty(), false);
    }

    private static TargetMachine qemu(String card, boolean serialNumber, String... deviceIds) {
        List<String> hardwareIds = Arrays.stream(deviceIds)
                .map(id -> id.substring(0, id.indexOf("&SUBSYS_")))
                .toList();
        return new TargetMachine(card, hardwareIds, List.of(deviceIds), Optional.empty(), serialNumber);
    }

    /** Makes the machine that an installation's own card comes from. */
    static TargetMachine of(NetworkCard card) {
        return new TargetMachine(
                card.description()
                        + card.location().map(place -> " at " + place).orElse(""),
                List.of(card.hardwareId()),
                List.of(card.deviceId()),
                card.location(),
                card.isKnownBySerialNumber());
    }

    /** Tells whether a card is of the same model as this machine's. */
    boolean hasModel(NetworkCard card) {
        return hardwareIds.stream().anyMatch(card::isModel);
    }

    /** Tells whether a card of the same model may be this machine's by its subsystem and revision. */
    boolean hasVariant(NetworkCard card) {
        return deviceIds.isEmpty() || deviceIds.stream().anyMatch(card::isVariant);
    }

    /** Tells whether a card may be this machine's by its place. */
    boolean hasPlace(NetworkCard card) {
        return location.isEmpty()
                || card.location().isEmpty()
                || card.location().equals(location);
    }
}
