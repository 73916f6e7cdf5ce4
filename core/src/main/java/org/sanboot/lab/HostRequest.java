package org.sanboot.lab;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Redaction;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.Secret;

/** Which machine to boot from which image; immutable. */
public final class HostRequest {

    private final String image;
    private final String name;
    private final String machine;
    private final @Nullable GuestFamily family;
    private final @Nullable Firmware firmware;
    private final int memoryMebibytes;
    private final int cpus;
    private final Duration readyTimeout;
    private final @Nullable String network;
    private final @Nullable String failure;
    private final boolean memoryDump;
    private final Redaction redaction;
    private final List<FilePattern> collect;
    private final boolean tpm;
    private final Start start;
    private final String purpose;
    private final Consumer<BootProgress> progress;
    private final Consumer<Stay> bootFailed;
    private final boolean disposable;

    private HostRequest(Builder builder) {
        this.image = builder.image;
        this.name = builder.name;
        this.machine = builder.machine;
        this.family = builder.family;
        this.firmware = builder.firmware;
        this.memoryMebibytes = builder.memoryMebibytes;
        this.cpus = builder.cpus;
        this.readyTimeout = builder.readyTimeout;
        this.network = builder.network;
        this.failure = builder.failure;
        this.memoryDump = builder.memoryDump;
        this.redaction = builder.redaction;
        this.collect = builder.collect;
        this.tpm = builder.tpm;
        this.start = builder.start;
        this.purpose = builder.purpose;
        this.progress = builder.progress;
        this.bootFailed = builder.bootFailed;
        this.disposable = builder.disposable;
    }

    /**
     * Begins a request.
     *
     * @param image the golden image's name in the catalogue
     * @return a builder with QEMU, one processor, 512 MiB and five minutes to become ready
     */
    public static Builder of(String image) {
        return new Builder(image);
    }

    /**
     * Begins a request for a machine that boots from a clone of a kept failure's disk.
     *
     * @param failure its id, or a beginning of it that is unique
     * @return a builder with the same defaults
     */
    public static Builder ofFailure(String failure) {
        Builder builder = new Builder(failure);
        builder.failure = failure;
        return builder;
    }

    /**
     * Begins another request from this one.
     *
     * @return a builder with everything that this request says
     */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /**
     * Returns the golden image's name in the catalogue.
     *
     * @return the name
     */
    public String image() {
        return image;
    }

    /**
     * Returns what the host is called within its test.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns what machine will do.
     *
     * @return a machine type such as {@code qemu}, a host's name, or a requirement such as {@code amd & uefi}
     */
    public String machine() {
        return machine;
    }

    /**
     * Returns the guest family that the image must have.
     *
     * @return the family, or nothing when any will do
     */
    public Optional<GuestFamily> family() {
        return Optional.ofNullable(family);
    }

    /**
     * Returns the firmware to boot by.
     *
     * @return the firmware, or nothing to take the first that the image knows
     */
    public Optional<Firmware> firmware() {
        return Optional.ofNullable(firmware);
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
     * Returns how long the machine may take from power-on until its guest is ready.
     *
     * @return a positive time
     */
    public Duration readyTimeout() {
        return readyTimeout;
    }

    /**
     * Returns the private network that the machine is on with a second network card, shared with all machines of the
     * same boot call that name the same one.
     *
     * @return any name, or nothing for no second card
     */
    public Optional<String> network() {
        return Optional.ofNullable(network);
    }

    /**
     * Returns the kept failure whose disk is cloned instead of an image.
     *
     * @return its id, or nothing
     */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    /**
     * Tells whether the guest's memory is saved at the instant of a failure.
     *
     * @return false unless asked for
     */
    public boolean memoryDump() {
        return memoryDump;
    }

    /**
     * Returns what is taken out of the evidence.
     *
     * @return nothing unless asked for
     */
    public Redaction redaction() {
        return redaction;
    }

    /**
     * Returns which files of the guest are evidence.
     *
     * @return none unless asked for
     */
    public List<FilePattern> collect() {
        return collect;
    }

    /**
     * Tells whether a virtual machine gets a TPM 2.0, which is empty at each boot.
     *
     * @return false unless asked for
     */
    public boolean tpm() {
        return tpm;
    }

    /**
     * Returns how the machine comes to a guest that is ready.
     *
     * @return cold unless asked for
     */
    public Start start() {
        return start;
    }

    /**
     * Returns who asks, for messages and evidence.
     *
     * @return a test's name, say
     */
    public String purpose() {
        return purpose;
    }

    /**
     * Returns who is told of each stage as it is reached.
     *
     * @return called on the lab's threads
     */
    public Consumer<BootProgress> progress() {
        return progress;
    }

    /**
     * Returns who may look at a machine that did not become ready, before it is ended.
     *
     * @return called on the lab's threads
     */
    public Consumer<Stay> bootFailed() {
        return bootFailed;
    }

    /**
     * Tells whether the machine's disk goes when the run is interrupted.
     *
     * @return true when nobody wants the disk of a machine that was ended with its program; false when it is kept then like
     *     that of a failed test
     */
    public boolean disposable() {
        return disposable;
    }

    /** Collects the parts of a {@link HostRequest}. */
    public static final class Builder {

        private final String image;
        private String name = "host";
        private String machine = "qemu";
        private @Nullable GuestFamily family;
        private @Nullable Firmware firmware;
        private int memoryMebibytes = 512;
        private int cpus = 1;
        private Duration readyTimeout = Duration.ofMinutes(5);
        private @Nullable String network;
        private @Nullable String failure;
        private boolean memoryDump;
        private Redaction redaction = Redaction.none();
        private List<FilePattern> collect = List.of();
        private boolean tpm;
        private Start start = Start.COLD;
        private String purpose = "sanboot";
        private Consumer<BootProgress> progress = stage -> {};
        private Consumer<Stay> bootFailed = stay -> {};
        private boolean disposable;

        private Builder(String image) {
            this.image = Objects.requireNonNull(image, "image");
        }

        private Builder(HostRequest request) {
            this.image = request.image;
            this.name = request.name;
            this.machine = request.machine;
            this.family = request.family;
            this.firmware = request.firmware;
            this.memoryMebibytes = request.memoryMebibytes;
            this.cpus = request.cpus;
            this.readyTimeout = request.readyTimeout;
            this.network = request.network;
            this.failure = request.failure;
            this.memoryDump = request.memoryDump;
            this.redaction = request.redaction;
            this.collect = request.collect;
            this.tpm = request.tpm;
            this.start = request.start;
            this.purpose = request.purpose;
            this.progress = request.progress;
            this.bootFailed = request.bootFailed;
            this.disposable = request.disposable;
        }

        /**
         * Sets what the host is called within its test.
         *
         * @param name letters, digits and hyphens, at most 30
         * @return this
         */
        public Builder name(String name) {
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9-]{0,29}")) {
                throw new ConfigurationException(
                        "The host name '%s' is not usable; take up to 30 letters, digits and hyphens.".formatted(name));
            }
            this.name = name;
            return this;
        }

        /**
         * Sets what machine will do.
         *
         * @param machine a machine type such as {@code qemu}, a host's name, or a requirement such as {@code amd & uefi}
         * @return this
         */
        public Builder machine(String machine) {
            this.machine = machine;
            return this;
        }

        /**
         * Sets the guest family that the image must have.
         *
         * @param family the family
         * @return this
         */
        public Builder family(GuestFamily family) {
            this.family = family;
            return this;
        }

        /**
         * Sets the firmware.
         *
         * @param firmware one that the image can be booted by
         * @return this
         */
        public Builder firmware(Firmware firmware) {
            this.firmware = firmware;
            return this;
        }

        /**
         * Sets the memory.
         *
         * @param mebibytes from 64 MiB to 1 TiB
         * @return this
         */
        public Builder memoryMebibytes(int mebibytes) {
            if (mebibytes < 64 || mebibytes > 1 << 20) {
                throw new ConfigurationException(
                        "memory (%d MiB) must be between 64 MiB and 1 TiB.".formatted(mebibytes));
            }
            this.memoryMebibytes = mebibytes;
            return this;
        }

        /**
         * Sets the number of processors.
         *
         * @param cpus from 1 to 64
         * @return this
         */
        public Builder cpus(int cpus) {
            if (cpus < 1 || cpus > 64) {
                throw new ConfigurationException("cpus (%d) must be between 1 and 64.".formatted(cpus));
            }
            this.cpus = cpus;
            return this;
        }

        /**
         * Sets how long the machine may take from power-on until its guest is ready.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder readyTimeout(Duration timeout) {
            if (timeout.isZero() || timeout.isNegative()) {
                throw new ConfigurationException("readyTimeout (%s) must be more than zero.".formatted(timeout));
            }
            this.readyTimeout = timeout;
            return this;
        }

        /**
         * Puts the machine on a private network, with a second network card.
         *
         * @param network any name; machines of one boot call that name the same one reach each other
         * @return this
         */
        public Builder network(String network) {
            this.network = network;
            return this;
        }

        /**
         * Says whether the guest's memory is saved at the instant of a failure. That takes as many bytes as the machine
         * has memory, and they hold every secret that the guest has.
         *
         * @param wanted true to save it
         * @return this
         */
        public Builder memoryDump(boolean wanted) {
            this.memoryDump = wanted;
            return this;
        }

        /**
         * Says which secrets the guest will be told, so that none of them gets into the evidence.
         *
         * @param redaction what to take out
         * @return this
         */
        public Builder redaction(Redaction redaction) {
            this.redaction = redaction;
            return this;
        }

        /**
         * Says which files of the guest are copied out of it when its test fails: from the running guest if it answers, else
         * from its disk. Up to 200 files and 64 MiB are taken; what is more is left out with a remark.
         *
         * @param patterns absolute paths, as {@link FilePattern} reads them
         * @return this
         * @throws org.sanboot.ConfigurationException when one is no such path
         */
        public Builder collect(List<String> patterns) {
            this.collect = patterns.stream().map(FilePattern::parse).toList();
            return this;
        }

        /**
         * Says where secrets are found that must not get into the evidence, and reads them.
         *
         * @param references {@code env:NAME}, {@code file:PATH} or {@code command:WORDS}, separated by commas or on lines of their
         *     own; none when it is empty
         * @return this
         * @throws ConfigurationException when one is no reference, or nothing is where it says
         */
        public Builder redact(String references) {
            for (String reference : references.strip().split("\\s*[,\\n]\\s*(?=[a-z]+:)", -1)) {
                if (reference.isEmpty()) {
                    continue;
                }
                if (!(Secret.parse(reference) instanceof Secret.Password secret)) {
                    throw new ConfigurationException(
                            "A secret to redact is referred to by env:NAME, file:PATH or command:WORDS, not by key:PATH.");
                }
                this.redaction = redaction.and(List.of(secret.read()));
            }
            return this;
        }

        /**
         * Gives a virtual machine a TPM 2.0, by the package swtpm; a new and empty one for each machine.
         *
         * @param tpm true for one
         * @return this
         */
        public Builder tpm(boolean tpm) {
            this.tpm = tpm;
            return this;
        }

        /**
         * Sets how the machine comes to a guest that is ready.
         *
         * @param start cold or warm
         * @return this
         */
        public Builder start(Start start) {
            this.start = Objects.requireNonNull(start, "start");
            return this;
        }

        /**
         * Says who asks.
         *
         * @param purpose a test's name, say
         * @return this
         */
        public Builder purpose(String purpose) {
            this.purpose = purpose;
            return this;
        }

        /**
         * Says who is told of each stage.
         *
         * @param progress called on the lab's threads, must be quick
         * @return this
         */
        public Builder progress(Consumer<BootProgress> progress) {
            this.progress = progress;
            return this;
        }

        /**
         * Says who may look at a machine that did not become ready, before it is ended.
         *
         * @param look called on the lab's threads; the machine waits for its return
         * @return this
         */
        public Builder bootFailed(Consumer<Stay> look) {
            this.bootFailed = look;
            return this;
        }

        /**
         * Says that an interruption, such as Ctrl-C, is the usual end of the machine, after which nothing of it is kept.
         *
         * @return this
         */
        public Builder disposable() {
            this.disposable = true;
            return this;
        }

        /**
         * Completes the request.
         *
         * @return the request
         */
        public HostRequest build() {
            return new HostRequest(this);
        }
    }
}
