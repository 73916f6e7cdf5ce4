package org.sanboot.inventory;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.Firmware;

/**
 * A kind of virtual machine; what it does not pin is as the test or the image says.
 *
 * @param name as requirements spell it
 * @param pinnedFirmware what it starts by, or null for either
 * @param pinnedNetworkCard QEMU's name of its network card's model, or null for the image's
 * @param pinnedSlot the PCI slot of its network card, or null for the usual one
 * @param pinnedMemoryMebibytes its memory, or null
 * @param pinnedCpus its processors, or null
 * @param ownLabels further words that requirements may use
 */
public record VirtualType(
        String name,
        @Nullable Firmware pinnedFirmware,
        @Nullable String pinnedNetworkCard,
        @Nullable Integer pinnedSlot,
        @Nullable Integer pinnedMemoryMebibytes,
        @Nullable Integer pinnedCpus,
        Set<String> ownLabels) {

    /** The label that every virtual machine has. */
    public static final String VIRTUAL = "virtual";

    /** The type that is always there, and pins nothing. */
    public static final VirtualType QEMU = new VirtualType(MachineType.QEMU, null, null, null, null, null, Set.of());

    /** Copies the labels. */
    public VirtualType {
        ownLabels = Set.copyOf(ownLabels);
    }

    /**
     * Tells whether a machine of this type can start by a firmware.
     *
     * @param firmware which
     * @return whether it can
     */
    public boolean startsBy(Firmware firmware) {
        return pinnedFirmware == null || pinnedFirmware == firmware;
    }

    /**
     * Returns all words that a requirement finds a machine of this type by.
     *
     * @param firmware what the machine starts by
     * @return its name, {@code qemu}, {@value #VIRTUAL}, the firmware and its own labels
     */
    public Set<String> labels(Firmware firmware) {
        return Stream.concat(Stream.of(name, MachineType.QEMU, VIRTUAL, firmware.name()), ownLabels.stream())
                .map(Requirement::normal)
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Returns the network card.
     *
     * @return QEMU's name of the model, or nothing when the image says it
     */
    public Optional<String> networkCard() {
        return Optional.ofNullable(pinnedNetworkCard);
    }
}
