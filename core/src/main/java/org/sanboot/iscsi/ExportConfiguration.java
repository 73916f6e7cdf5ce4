package org.sanboot.iscsi;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.iscsi.scsi.LunCode;

/** What an {@link Export} offers, and to whom. */
public final class ExportConfiguration {

    private final Iqn targetName;
    private final Map<Integer, BlockDevice> devices;
    private final @Nullable Iqn allowedInitiator;
    private final @Nullable ChapCredentials initiatorCredentials;
    private final @Nullable ChapCredentials targetCredentials;
    private final @Nullable PeerRule peers;
    private final SessionObserver observer;

    private ExportConfiguration(Builder builder) {
        this.targetName = builder.targetName;
        this.devices = Map.copyOf(builder.devices);
        this.allowedInitiator = builder.allowedInitiator;
        this.initiatorCredentials = builder.initiatorCredentials;
        this.targetCredentials = builder.targetCredentials;
        this.peers = builder.peers;
        this.observer = builder.observer;
    }

    /**
     * Starts a configuration.
     *
     * @param targetName what initiators log in to
     * @return a builder
     */
    public static Builder named(Iqn targetName) {
        return new Builder(targetName);
    }

    /**
     * Returns what initiators log in to.
     *
     * @return the target's name
     */
    public Iqn targetName() {
        return targetName;
    }

    /**
     * Returns the disks.
     *
     * @return by logical unit number, 0 to 16383
     */
    public Map<Integer, BlockDevice> devices() {
        return devices;
    }

    /**
     * Returns who may log in.
     *
     * @return empty for anybody
     */
    public Optional<Iqn> allowedInitiator() {
        return Optional.ofNullable(allowedInitiator);
    }

    /**
     * Returns what the initiator must prove by CHAP.
     *
     * @return empty for nothing
     */
    public Optional<ChapCredentials> initiatorCredentials() {
        return Optional.ofNullable(initiatorCredentials);
    }

    /**
     * Returns what the target proves by CHAP when the initiator asks.
     *
     * @return empty for nothing
     */
    public Optional<ChapCredentials> targetCredentials() {
        return Optional.ofNullable(targetCredentials);
    }

    /**
     * Returns from where connections are taken.
     *
     * @return empty for anywhere
     */
    public Optional<PeerRule> peers() {
        return Optional.ofNullable(peers);
    }

    /**
     * Returns who is told of sessions.
     *
     * @return {@link SessionObserver#NONE} by default
     */
    public SessionObserver observer() {
        return observer;
    }

    /** Collects what an export needs. */
    public static final class Builder {

        private final Iqn targetName;
        private final Map<Integer, BlockDevice> devices = new TreeMap<>();
        private @Nullable Iqn allowedInitiator;
        private @Nullable ChapCredentials initiatorCredentials;
        private @Nullable ChapCredentials targetCredentials;
        private @Nullable PeerRule peers;
        private SessionObserver observer = SessionObserver.NONE;

        private Builder(Iqn targetName) {
            this.targetName = targetName;
        }

        /**
         * Adds a disk; it is write-protected where the device is read-only.
         *
         * @param lun its number, 0 to 16383
         * @param device the disk; the export does not close it
         * @return this
         * @throws ConfigurationException when the number is out of range or taken
         */
        public Builder lun(int lun, BlockDevice device) {
            if (lun < 0 || lun > LunCode.HIGHEST) {
                throw new ConfigurationException(
                        "The logical unit number " + lun + " is not between 0 and " + LunCode.HIGHEST + ".");
            }
            if (devices.putIfAbsent(lun, device) != null) {
                throw new ConfigurationException("Target " + targetName + " has two logical units " + lun + ".");
            }
            return this;
        }

        /**
         * Lets only one initiator in.
         *
         * @param initiator its name
         * @return this
         */
        public Builder allowedInitiator(Iqn initiator) {
            this.allowedInitiator = initiator;
            return this;
        }

        /**
         * Asks the initiator to prove itself by CHAP.
         *
         * @param credentials what it must know
         * @return this
         */
        public Builder chap(ChapCredentials credentials) {
            this.initiatorCredentials = credentials;
            return this;
        }

        /**
         * Asks both sides to prove themselves by CHAP; the target does when the initiator asks.
         *
         * @param initiator what the initiator must know
         * @param target what the target answers with; another secret than the initiator's
         * @return this
         * @throws ConfigurationException when both secrets are the same, which RFC 7143 9.2.1 forbids
         */
        public Builder mutualChap(ChapCredentials initiator, ChapCredentials target) {
            if (initiator.secret().equals(target.secret())) {
                throw new ConfigurationException("Both directions of CHAP for target " + targetName
                        + " have the same secret; choose two different ones.");
            }
            this.initiatorCredentials = initiator;
            this.targetCredentials = target;
            return this;
        }

        /**
         * Takes connections from some places only.
         *
         * @param rule says from where
         * @return this
         */
        public Builder peers(PeerRule rule) {
            this.peers = rule;
            return this;
        }

        /**
         * Watches sessions.
         *
         * @param sessionObserver is told of them
         * @return this
         */
        public Builder observer(SessionObserver sessionObserver) {
            this.observer = sessionObserver;
            return this;
        }

        /**
         * Ends the configuration.
         *
         * @return what was collected
         * @throws ConfigurationException when there is no disk
         */
        public ExportConfiguration build() {
            if (devices.isEmpty()) {
                throw new ConfigurationException("Target " + targetName + " has no logical unit; add one.");
            }
            return new ExportConfiguration(this);
        }
    }
}
