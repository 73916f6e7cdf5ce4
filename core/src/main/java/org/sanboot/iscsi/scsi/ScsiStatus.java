package org.sanboot.iscsi.scsi;

/** How a command ended (SAM-5 5.3.1). */
public enum ScsiStatus {
    /** Done. */
    GOOD(0x00),
    /** Not done; sense data says why. */
    CHECK_CONDITION(0x02),
    /** Not now; the initiator may try again. */
    BUSY(0x08),
    /** Another initiator holds a reservation. */
    RESERVATION_CONFLICT(0x18),
    /** The target has no room for the command now. */
    TASK_SET_FULL(0x28);

    private final int code;

    ScsiStatus(int code) {
        this.code = code;
    }

    /**
     * Returns the wire value.
     *
     * @return 0 to 0x40
     */
    public int code() {
        return code;
    }
}
