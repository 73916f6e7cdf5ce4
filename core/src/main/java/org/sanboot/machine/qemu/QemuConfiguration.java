package org.sanboot.machine.qemu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;

/**
 * What a QEMU machine is made of; immutable.
 *
 * <p>Machine type, slots and the boot card's hardware address are pinned, so that an operating system that was installed
 * on such a machine finds the same one again, with another version of QEMU too.
 */
public final class QemuConfiguration {

    /** The PCI slot of the network card that every machine boots by, unless it is pinned to another one. */
    public static final int BOOT_CARD_SLOT = 2;

    /**
     * The newest machine type that the oldest supported QEMU knows, so that it is also the last of those that all know to
     * be given up: QEMU calls a type deprecated after three years and takes it out after six.
     */
    static final String DEFAULT_MACHINE_TYPE = "pc-q35-7.2";

    /**
     * The same for all: the card is alone on its user-mode network, and Windows knows an e1000e by its address, which
     * makes up the PCI Express serial number. This one is QEMU's own default.
     */
    private static final String DEFAULT_MAC_ADDRESS = "52:54:00:12:34:56";

    /** Slots on the root bus that other devices have: the bridge, screen, second card, random numbers, USB, chipset. */
    private static final Set<Integer> TAKEN_SLOTS = Set.of(0, 1, 3, 4, 5, 31);

    /**
     * QEMU's model of the Intel 82576, up to QEMU 11.1 at least: it reports a link only after a driver has restarted its
     * PHY's negotiation ({@code STATUS.LU} in {@code hw/net/igb_core.c}), which iPXE's driver, up to 2.0 at least, leaves to
     * the card.
     */
    private static final String CARD_WITHOUT_LINK = "igb";

    /** The chipset's is 31, and a second network card comes between. */
    private static final int MOST_CARD_SLOT = 29;

    /** The main board's disk controller has six ports. */
    static final int MOST_DISCS = 6;

    private final String name;
    private final Firmware firmware;
    private final String bootScript;
    private final Acceleration acceleration;
    private final int memoryMebibytes;
    private final int cpus;
    private final String machineType;
    private final String networkCard;
    private final String macAddress;
    private final int networkCardSlot;
    private final @Nullable PrivateNetwork privateNetwork;
    private final List<Path> discs;
    private final @Nullable Path floppy;
    private final boolean windows;
    private final List<String> enlightenments;
    private final boolean tpm;
    private final boolean resumable;

    private QemuConfiguration(Builder builder) {
        this.name = builder.name;
        this.firmware = builder.firmware;
        this.bootScript = builder.bootScript;
        this.acceleration = builder.acceleration;
        this.memoryMebibytes = builder.memoryMebibytes;
        this.cpus = builder.cpus;
        this.machineType = builder.machineType;
        this.networkCard = builder.networkCard;
        this.macAddress = builder.macAddress;
        this.networkCardSlot = builder.networkCardSlot;
        this.privateNetwork = builder.privateNetwork;
        this.discs = List.copyOf(builder.discs);
        this.floppy = builder.floppy;
        this.windows = builder.windows;
        this.enlightenments = builder.enlightenments;
        this.tpm = builder.tpm;
        this.resumable = builder.resumable;
    }

    /**
     * Begins a configuration.
     *
     * @param name what the machine goes by, unique within its run: up to 40 letters, digits, dots and hyphens
     * @param firmware what starts it
     * @param bootScript what iPXE is to do, as {@link org.sanboot.boot.IpxeScript#text()} has it
     * @return a builder with one processor, 512 MiB, a virtio network card and software emulation
     */
    public static Builder builder(String name, Firmware firmware, String bootScript) {
        return new Builder(name, firmware, bootScript);
    }

    /**
     * Returns the machine's name.
     *
     * @return unique within a run
     */
    public String name() {
        return name;
    }

    /**
     * Returns what starts the machine.
     *
     * @return the firmware
     */
    public Firmware firmware() {
        return firmware;
    }

    /**
     * Returns what iPXE is to do.
     *
     * @return the script, with secrets
     */
    public String bootScript() {
        return bootScript;
    }

    /**
     * Returns what runs the guest's instructions.
     *
     * @return proven KVM, or software emulation
     */
    public Acceleration acceleration() {
        return acceleration;
    }

    /**
     * Checks a machine's memory.
     *
     * @param mebibytes from 64 MiB to 1 TiB
     * @return the same
     * @throws ConfigurationException when it is less or more
     */
    public static int checkMemory(int mebibytes) {
        if (mebibytes < 64 || mebibytes > 1 << 20) {
            throw new ConfigurationException(
                    "The memory (%d MiB) must be between 64 MiB and 1 TiB.".formatted(mebibytes));
        }
        return mebibytes;
    }

    /**
     * Checks a machine's number of processors.
     *
     * @param cpus from 1 to 64
     * @return the same
     * @throws ConfigurationException when it is less or more
     */
    public static int checkCpus(int cpus) {
        if (cpus < 1 || cpus > 64) {
            throw new ConfigurationException("The number of processors (%d) must be between 1 and 64.".formatted(cpus));
        }
        return cpus;
    }

    /**
     * Returns the machine's memory.
     *
     * @return MiB
     */
    public int memoryMebibytes() {
        return memoryMebibytes;
    }

    /**
     * Returns how many processors the machine has.
     *
     * @return at least 1
     */
    public int cpus() {
        return cpus;
    }

    /**
     * Returns the kind of main board.
     *
     * @return one of {@code qemu-system-x86_64 -machine help}
     */
    public String machineType() {
        return machineType;
    }

    /**
     * Returns the model of its network cards.
     *
     * @return one of {@code qemu-system-x86_64 -device help}
     */
    public String networkCard() {
        return networkCard;
    }

    /**
     * Returns the boot card's hardware address.
     *
     * @return six octets in hexadecimal, with colons
     */
    public String macAddress() {
        return macAddress;
    }

    /**
     * Returns where the first network card is.
     *
     * @return a slot of the root PCI bus
     */
    public int networkCardSlot() {
        return networkCardSlot;
    }

    /**
     * Returns the network that a second card is on.
     *
     * @return the network, or nothing for no second card
     */
    public Optional<PrivateNetwork> privateNetwork() {
        return Optional.ofNullable(privateNetwork);
    }

    /**
     * Returns the discs in the machine's CD drives; the firmware tries the first one when iPXE ends without having booted.
     *
     * @return ISO images, at most {@value #MOST_DISCS}
     */
    public List<Path> discs() {
        return discs;
    }

    /**
     * Returns the floppy disk in the machine's drive.
     *
     * @return the image of a floppy disk, or nothing for no drive
     */
    public Optional<Path> floppy() {
        return Optional.ofNullable(floppy);
    }

    /**
     * Tells whether the machine suits Windows.
     *
     * @return true when its clock shows local time and its pointer is a tablet
     */
    public boolean windows() {
        return windows;
    }

    /**
     * Returns what of Hyper-V the processors offer.
     *
     * @return properties of QEMU's processor, as {@link Enlightenments} found them
     */
    public List<String> enlightenments() {
        return enlightenments;
    }

    /**
     * Tells whether the machine has a TPM 2.0.
     *
     * @return false unless asked for
     */
    public boolean tpm() {
        return tpm;
    }

    /**
     * Tells whether the guest is told when it goes on from a saved state.
     *
     * @return false unless asked for
     */
    public boolean resumable() {
        return resumable;
    }

    /** Collects the parts of a {@link QemuConfiguration}; each is checked as it comes. */
    public static final class Builder {

        private final String name;
        private final Firmware firmware;
        private final String bootScript;
        private Acceleration acceleration = Acceleration.software("nothing else was asked for");
        private int memoryMebibytes = 512;
        private int cpus = 1;
        private String machineType = DEFAULT_MACHINE_TYPE;
        private String networkCard = "virtio-net-pci";
        private String macAddress = DEFAULT_MAC_ADDRESS;
        private int networkCardSlot = BOOT_CARD_SLOT;
        private @Nullable PrivateNetwork privateNetwork;
        private final List<Path> discs = new ArrayList<>();
        private @Nullable Path floppy;
        private boolean windows;
        private List<String> enlightenments = List.of();
        private boolean tpm;
        private boolean resumable;

        private Builder(String name, Firmware firmware, String bootScript) {
            this.name = matching("machine name", name, "[A-Za-z0-9][A-Za-z0-9.-]{0,39}");
            this.firmware = Objects.requireNonNull(firmware, "firmware");
            this.bootScript = Objects.requireNonNull(bootScript, "bootScript");
        }

        /**
         * Sets what runs the guest's instructions.
         *
         * @param acceleration as it was proven on this host
         * @return this
         */
        public Builder acceleration(Acceleration acceleration) {
            this.acceleration = Objects.requireNonNull(acceleration, "acceleration");
            return this;
        }

        /**
         * Sets the memory.
         *
         * @param mebibytes from 64 MiB to 1 TiB; UEFI needs some 128 MiB for itself
         * @return this
         */
        public Builder memoryMebibytes(int mebibytes) {
            this.memoryMebibytes = checkMemory(mebibytes);
            return this;
        }

        /**
         * Sets the number of processors.
         *
         * @param cpus from 1 to 64
         * @return this
         */
        public Builder cpus(int cpus) {
            this.cpus = checkCpus(cpus);
            return this;
        }

        /**
         * Sets the kind of main board.
         *
         * @param machineType one of {@code qemu-system-x86_64 -machine help} with a PCI Express bus, {@code pc-q35-X.Y}
         * @return this
         */
        public Builder machineType(String machineType) {
            this.machineType = matching("machine type", machineType, "(pc-)?q35[a-z0-9.-]*");
            return this;
        }

        /**
         * Sets the model of the network cards.
         *
         * @param model one of {@code qemu-system-x86_64 -device help} that iPXE has a driver for, such as {@code e1000e}
         * @return this
         */
        public Builder networkCard(String model) {
            if (model.equals(CARD_WITHOUT_LINK)) {
                throw new ConfigurationException(
                        "No machine boots by the network card igb: iPXE gets no link on QEMU's model of it. e1000e is the most similar one that works.");
            }
            this.networkCard = matching("network card", model, "[a-z0-9][a-z0-9_-]*");
            return this;
        }

        /**
         * Sets the boot card's hardware address, for a guest that is tied to one.
         *
         * @param address six octets in hexadecimal, with colons
         * @return this
         */
        public Builder macAddress(String address) {
            this.macAddress = matching("hardware address", address, "[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");
            return this;
        }

        /**
         * Sets where the first network card is: a Windows that was installed with it elsewhere has to find it anew.
         *
         * @param slot of the root PCI bus, 2 or 6 to 29; the one behind it is a second card's
         * @return this
         */
        public Builder networkCardSlot(int slot) {
            if (slot < 0 || slot > MOST_CARD_SLOT || TAKEN_SLOTS.contains(slot)) {
                throw new ConfigurationException(
                        "The network card's slot (%d) must be 2 or from 6 to %d.".formatted(slot, MOST_CARD_SLOT));
            }
            this.networkCardSlot = slot;
            return this;
        }

        /**
         * Puts the machine on a private network, with a second card.
         *
         * @param network shared with other machines of the run
         * @return this
         */
        public Builder privateNetwork(PrivateNetwork network) {
            this.privateNetwork = Objects.requireNonNull(network, "network");
            return this;
        }

        /**
         * Puts a disc into the next CD drive.
         *
         * @param iso read and never written
         * @return this
         */
        public Builder disc(Path iso) {
            if (discs.size() == MOST_DISCS) {
                throw new ConfigurationException(
                        "The machine has %d CD drives, and %s is one disc more.".formatted(MOST_DISCS, iso));
            }
            discs.add(iso);
            return this;
        }

        /**
         * Suits the machine to Windows: its clock shows local time, which Windows takes it for; its pointer is a tablet,
         * which goes where a viewer's goes; and its processors offer what Windows knows from Hyper-V.
         *
         * @param enlightenments as they were proven on this host, possibly none
         * @return this
         */
        public Builder forWindows(List<String> enlightenments) {
            this.windows = true;
            this.enlightenments = enlightenments.stream()
                    .map(property -> matching("processor property", property, "hv-[a-z-]+(=[0-9a-fx]+)?"))
                    .toList();
            return this;
        }

        /**
         * Puts a floppy disk into the machine's drive.
         *
         * @param image 1.44 MB, read and never written
         * @return this
         */
        public Builder floppy(Path image) {
            this.floppy = Objects.requireNonNull(image, "image");
            return this;
        }

        /**
         * Gives the machine a TPM 2.0, empty at first, which Windows 11's Setup and BitLocker look for; by the package
         * swtpm.
         *
         * @return this
         */
        public Builder tpm() {
            this.tpm = true;
            return this;
        }

        /**
         * Gives the machine a generation identifier, another one for each process, so that a guest that goes on from a saved
         * state does not use the same random numbers as all others that do (Microsoft, Virtual Machine Generation ID).
         *
         * @return this
         */
        public Builder resumable() {
            this.resumable = true;
            return this;
        }

        /**
         * Completes the configuration.
         *
         * @return the configuration
         */
        public QemuConfiguration build() {
            return new QemuConfiguration(this);
        }

        private static String matching(String what, String value, String pattern) {
            if (!value.matches(pattern)) {
                throw new ConfigurationException(
                        "The %s '%s' is not usable; it must match %s.".formatted(what, value, pattern));
            }
            return value;
        }
    }
}
