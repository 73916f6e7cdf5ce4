package org.sanboot.windows.setup;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.TargetMachine;

/** A network card of QEMU that Windows can be installed over. */
public enum NetworkAdapter {
    /** Intel 82540EM: Windows brings E1G60. */
    E1000("e1000", true),
    /** Intel 82574L: Windows brings its driver, and knows the card by a serial number that is made of the MAC address. */
    E1000E("e1000e", true),
    /** Intel 82576, since QEMU 8.0. Which Windows bring its driver is not known here, so that Intel's has to be given. */
    IGB("igb", false),
    /** The fastest; its driver netkvm is on the virtio-win medium. */
    VIRTIO("virtio-net-pci", false),
    /** Realtek's, which no Windows since 8 can be relied on to know. */
    RTL8139("rtl8139", false);

    private final String model;
    private final boolean included;

    NetworkAdapter(String model, boolean included) {
        this.model = model;
        this.included = included;
    }

    /**
     * Returns QEMU's name.
     *
     * @return such as {@code virtio-net-pci}
     */
    public String model() {
        return model;
    }

    /**
     * Looks a card up.
     *
     * @param model QEMU's name
     * @return the card, or nothing
     */
    public static Optional<NetworkAdapter> of(String model) {
        return Arrays.stream(values())
                .filter(adapter -> adapter.model.equals(model))
                .findFirst();
    }

    /** Tells whether boot.wim and the installed system know the card without our help; the same for all since Windows 7. */
    boolean isIncluded(WindowsEdition edition) {
        return included && edition.isAtLeast(6, 1);
    }

    List<String> hardwareIds() {
        return TargetMachine.qemu().stream()
                .filter(machine -> machine.name().equals(model))
                .findFirst()
                .orElseThrow()
                .hardwareIds();
    }

    /**
     * Says what is to be known of the card.
     *
     * @return begins with a space; empty where there is nothing to say
     */
    public String note() {
        return this == E1000E ? " (Windows knows it by its MAC address: the image boots on that machine alone)" : "";
    }

    String remedy() {
        return this == VIRTIO
                ? "give the folder NetKVM of the virtio-win medium by --drivers, or take --network-card e1000."
                : "give a folder with its driver by --drivers, or take --network-card e1000.";
    }
}
