package org.sanboot.install;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.boot.Firmware;
import org.sanboot.image.Credentials;
import org.sanboot.image.GuestFamily;
import org.sanboot.machine.qemu.QemuConfiguration;

/**
 * What to install, and on which machine; immutable.
 *
 * <pre>{@code
 * InstallRecipe recipe = InstallRecipe.builder(GuestFamily.WINDOWS, ByteSize.parse("40G"))
 *         .firmware(Firmware.UEFI)
 *         .networkCard("e1000")
 *         .memoryMebibytes(4096)
 *         .disc(windowsIso)
 *         .answers(AnswerPlace.CD, List.of(AnswerFile.of("autounattend.xml", xml)))
 *         .bootFile("\\EFI\\Microsoft\\Boot\\bootmgfw.efi")
 *         .end(new InstallEnd.SystemPowerOff())
 *         .build();
 * }</pre>
 */
public final class InstallRecipe {

    /** What stands for the address of the answer files in kernel arguments and in answer files. */
    public static final String ANSWERS = "${answers}";

    static final Duration TIMEOUT = Duration.ofHours(4);
    static final Duration STUCK_AFTER = Duration.ofMinutes(15);

    private static final ByteSize SMALLEST_DISK = ByteSize.parse("1M");

    private final Builder values;

    private InstallRecipe(Builder builder) {
        this.values = builder;
    }

    /**
     * Begins a recipe.
     *
     * @param family what kind of operating system it is
     * @param disk the size of the disk, at least 1 MiB, rounded up to whole mebibytes
     * @return a builder with one processor, 1 GiB of memory, BIOS and a virtio network card
     * @throws ConfigurationException when the disk is too small
     */
    public static Builder builder(GuestFamily family, ByteSize disk) {
        return new Builder(family, disk);
    }

    /**
     * Reads a recipe from a YAML file.
     *
     * @param file the recipe; paths in it are relative to it
     * @param parameters values of the recipe's parameters, by name
     * @return the recipe
     * @throws ConfigurationException with all mistakes of the file and their lines
     */
    public static InstallRecipe read(Path file, Map<String, String> parameters) {
        return RecipeReader.read(file, parameters);
    }

    /** What begins the part of a console's line by which an installer's own commands say that they cannot go on. */
    static final String TROUBLE = "SANBOOT: ";

    static ByteSize largeEnough(ByteSize disk) {
        if (disk.compareTo(SMALLEST_DISK) < 0) {
            throw new ConfigurationException("The disk (%s) must have at least %s.".formatted(disk, SMALLEST_DISK));
        }
        return disk;
    }

    /**
     * Returns what kind of operating system it is.
     *
     * @return decides how the image is booted
     */
    public GuestFamily family() {
        return values.family;
    }

    /** In bytes, whole mebibytes. */
    long diskSize() {
        return (values.disk.bytes() + (1 << 20) - 1) >> 20 << 20;
    }

    Firmware firmware() {
        return values.firmware;
    }

    Set<Firmware> bootableBy() {
        return values.bootableBy.isEmpty() ? Set.of(values.firmware) : Set.copyOf(values.bootableBy);
    }

    /**
     * Returns the memory of the machine.
     *
     * @return MiB
     */
    public int memoryMebibytes() {
        return values.memoryMebibytes;
    }

    /**
     * Returns how many processors the machine has.
     *
     * @return at least 1
     */
    public int cpus() {
        return values.cpus;
    }

    String networkCard() {
        return values.networkCard;
    }

    boolean hasGateway() {
        return values.gateway;
    }

    /**
     * Tells whether the machine has a TPM 2.0.
     *
     * @return false unless it was set
     */
    public boolean hasTpm() {
        return values.tpm;
    }

    boolean pressesKey() {
        return values.pressKey;
    }

    List<Path> discs() {
        return values.discs;
    }

    Optional<Path> floppy() {
        return Optional.ofNullable(values.floppy);
    }

    Optional<KernelBoot> kernel() {
        return Optional.ofNullable(values.kernel);
    }

    AnswerPlace answerPlace() {
        return values.answerPlace;
    }

    List<AnswerFile> answers() {
        return values.answers;
    }

    Optional<String> bootFile() {
        return Optional.ofNullable(values.bootFile);
    }

    InstallEnd end() {
        return values.end;
    }

    /**
     * Returns how long all of it may take.
     *
     * @return more than zero
     */
    public Duration timeout() {
        return values.timeout;
    }

    Duration stuckAfter() {
        return values.stuckAfter;
    }

    Optional<Credentials> credentials() {
        return Optional.ofNullable(values.credentials);
    }

    /**
     * Returns what to change on the disk before the machine starts from it for the first time.
     *
     * @return nothing unless it was set
     */
    public Optional<Consumer<BlockDevice>> beforeFirstStart() {
        return Optional.ofNullable(values.beforeFirstStart);
    }

    /** Collects the parts of an {@link InstallRecipe}; the machine's are checked when it is made, the others as they come. */
    public static final class Builder {

        private final GuestFamily family;
        private final ByteSize disk;
        private Firmware firmware = Firmware.BIOS;
        private Set<Firmware> bootableBy = Set.of();
        private int memoryMebibytes = 1024;
        private int cpus = 1;
        private String networkCard = "virtio-net-pci";
        private boolean gateway = true;
        private boolean tpm;
        private boolean pressKey;
        private List<Path> discs = new ArrayList<>();
        private @Nullable Path floppy;
        private @Nullable KernelBoot kernel;
        private AnswerPlace answerPlace = AnswerPlace.HTTP;
        private List<AnswerFile> answers = List.of();
        private @Nullable String bootFile;
        private InstallEnd end = new InstallEnd.PowerOff();
        private Duration timeout = TIMEOUT;
        private Duration stuckAfter = STUCK_AFTER;
        private @Nullable Credentials credentials;
        private @Nullable Consumer<BlockDevice> beforeFirstStart;

        private Builder(GuestFamily family, ByteSize disk) {
            this.family = Objects.requireNonNull(family, "family");
            this.disk = largeEnough(disk);
        }

        private Builder(Builder other) {
            this.family = other.family;
            this.disk = other.disk;
            this.firmware = other.firmware;
            this.bootableBy = other.bootableBy;
            this.memoryMebibytes = other.memoryMebibytes;
            this.cpus = other.cpus;
            this.networkCard = other.networkCard;
            this.gateway = other.gateway;
            this.tpm = other.tpm;
            this.pressKey = other.pressKey;
            this.discs = List.copyOf(other.discs);
            this.floppy = other.floppy;
            this.kernel = other.kernel;
            this.answerPlace = other.answerPlace;
            this.answers = other.answers;
            this.bootFile = other.bootFile;
            this.end = other.end;
            this.timeout = other.timeout;
            this.stuckAfter = other.stuckAfter;
            this.credentials = other.credentials;
            this.beforeFirstStart = other.beforeFirstStart;
        }

        /**
         * Sets what starts the machine that the installation runs on.
         *
         * @param firmware BIOS by default
         * @return this
         */
        public Builder firmware(Firmware firmware) {
            this.firmware = Objects.requireNonNull(firmware, "firmware");
            return this;
        }

        /**
         * Sets what the image can be booted by, where that is not the one firmware that it was installed by.
         *
         * @param firmware at least one
         * @return this
         */
        public Builder bootableBy(Set<Firmware> firmware) {
            this.bootableBy = EnumSet.copyOf(firmware);
            return this;
        }

        /**
         * Sets the memory.
         *
         * @param mebibytes from 64 MiB to 1 TiB
         * @return this
         */
        public Builder memoryMebibytes(int mebibytes) {
            this.memoryMebibytes = QemuConfiguration.checkMemory(mebibytes);
            return this;
        }

        /**
         * Sets the number of processors.
         *
         * @param cpus from 1 to 64
         * @return this
         */
        public Builder cpus(int cpus) {
            this.cpus = QemuConfiguration.checkCpus(cpus);
            return this;
        }

        /**
         * Sets the network card, which the image depends on from then on.
         *
         * @param model QEMU's name of it, such as {@code e1000}
         * @return this
         */
        public Builder networkCard(String model) {
            this.networkCard = model;
            return this;
        }

        /**
         * Leaves the gateway out of the iBFT, for an operating system that would look for the target behind it although
         * both are on one network.
         *
         * @return this
         */
        public Builder withoutGateway() {
            this.gateway = false;
            return this;
        }

        /**
         * Gives the machine a TPM 2.0 by the package swtpm, for an installer that demands one.
         *
         * @return this
         */
        public Builder tpm() {
            this.tpm = true;
            return this;
        }

        /**
         * Presses the space bar every second while the installer starts, a minute at most, for a CD that asks for a key.
         *
         * @return this
         */
        public Builder pressKey() {
            this.pressKey = true;
            return this;
        }

        /**
         * Puts a disc into the next CD drive; the installer is started from the first one, unless there is a kernel.
         *
         * @param iso read and never written
         * @return this
         */
        public Builder disc(Path iso) {
            discs.add(readable("disc", iso));
            return this;
        }

        /**
         * Puts a floppy disk into the machine's drive.
         *
         * @param image read and never written
         * @return this
         */
        public Builder floppy(Path image) {
            this.floppy = readable("floppy disk", image);
            return this;
        }

        /**
         * Starts the installer as a Linux kernel, by iPXE, in place of the first disc.
         *
         * @param kernel the kernel
         * @param initrds its initial RAM disks, unpacked one over the other
         * @param arguments its command line; {@value InstallRecipe#ANSWERS} stands for the answer files' address
         * @return this
         */
        public Builder kernel(Path kernel, List<Path> initrds, String arguments) {
            readable("kernel", kernel);
            initrds.forEach(initrd -> readable("initrd", initrd));
            this.kernel = new KernelBoot(kernel, initrds, arguments);
            return this;
        }

        /**
         * Sets the answer files.
         *
         * @param place how the installer gets them
         * @param files in which {@value InstallRecipe#ANSWERS} stands for their address
         * @return this
         */
        public Builder answers(AnswerPlace place, List<AnswerFile> files) {
            this.answerPlace = Objects.requireNonNull(place, "place");
            this.answers = List.copyOf(files);
            return this;
        }

        /**
         * Sets the boot loader that UEFI loads from the installed disk.
         *
         * @param path such as {@code \EFI\Microsoft\Boot\bootmgfw.efi}; UEFI's default for removable media unless set
         * @return this
         */
        public Builder bootFile(String path) {
            this.bootFile = path;
            return this;
        }

        /**
         * Sets how to recognise the end.
         *
         * @param end {@link InstallEnd.PowerOff} by default
         * @return this
         */
        public Builder end(InstallEnd end) {
            this.end = Objects.requireNonNull(end, "end");
            return this;
        }

        /**
         * Sets how long all of it may take.
         *
         * @param timeout more than zero; four hours by default
         * @return this
         */
        public Builder timeout(Duration timeout) {
            this.timeout = positive("timeout", timeout);
            return this;
        }

        /**
         * Sets how long nothing may happen: nothing written to the disk, nothing printed on the console, nothing new on the
         * screen.
         *
         * @param time more than zero; 15 minutes by default
         * @return this
         */
        public Builder stuckAfter(Duration time) {
            this.stuckAfter = positive("time without a sign of life", time);
            return this;
        }

        /**
         * Sets how to log in to the installed system.
         *
         * @param credentials kept with the image
         * @return this
         */
        public Builder credentials(Credentials credentials) {
            this.credentials = Objects.requireNonNull(credentials, "credentials");
            return this;
        }

        /**
         * Sets what to change on the disk when the machine is about to start from it for the first time, at which nobody
         * else uses it.
         *
         * @param change must not throw
         * @return this
         */
        public Builder beforeFirstStart(Consumer<BlockDevice> change) {
            this.beforeFirstStart = Objects.requireNonNull(change, "change");
            return this;
        }

        /**
         * Completes the recipe.
         *
         * @return the recipe
         * @throws ConfigurationException when there is nothing to start the installer from, or no credentials for an end
         *     that needs them
         */
        public InstallRecipe build() {
            if (discs.isEmpty() && kernel == null) {
                throw new ConfigurationException(
                        "There is nothing to install from: give a disc (an ISO image), or a kernel.");
            }
            if (end instanceof InstallEnd.SshReady && credentials == null) {
                throw new ConfigurationException(
                        "To see that the installed system takes commands over ssh, credentials are needed.");
            }
            if (bootFile != null && firmware == Firmware.BIOS) {
                throw new ConfigurationException(
                        "A boot file (%s) is for UEFI; BIOS starts the disk's boot sector.".formatted(bootFile));
            }
            if (floppy != null && answerPlace == AnswerPlace.FLOPPY && !answers.isEmpty()) {
                throw new ConfigurationException(
                        "The machine has one floppy drive, and both the answers and %s are to be in it; give the answers by CD or HTTP."
                                .formatted(floppy));
            }
            return new InstallRecipe(new Builder(this));
        }

        private static Path readable(String what, Path file) {
            if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                throw new ConfigurationException(
                        "The %s %s does not exist or is not a readable file.".formatted(what, file));
            }
            return file.toAbsolutePath();
        }

        private static Duration positive(String what, Duration value) {
            if (value.isZero() || value.isNegative()) {
                throw new ConfigurationException("The %s (%s) must be more than zero.".formatted(what, value));
            }
            return value;
        }
    }
}
