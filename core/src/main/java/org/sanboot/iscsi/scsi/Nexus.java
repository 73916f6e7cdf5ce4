package org.sanboot.iscsi.scsi;

/** One initiator's relation to one target, for as long as its session lives. */
public final class Nexus {

    private final InitiatorPort initiatorPort;

    /**
     * Creates the nexus of a new session.
     *
     * @param initiatorPort who it is
     */
    public Nexus(InitiatorPort initiatorPort) {
        this.initiatorPort = initiatorPort;
    }

    InitiatorPort initiatorPort() {
        return initiatorPort;
    }
}
