package org.sanboot.iscsi.pdu;

/** Why a PDU was refused (RFC 7143 11.17.1). */
public enum RejectReason {
    /** The data digest does not match; the initiator may send the PDU again. */
    DATA_DIGEST_ERROR(0x02),
    /** Retransmission was asked for, which error recovery level 0 does not offer. */
    SNACK_REJECT(0x03),
    /** The PDU breaks a rule of the protocol. */
    PROTOCOL_ERROR(0x04),
    /** No such command. */
    COMMAND_NOT_SUPPORTED(0x05),
    /** More immediate commands than the target holds. */
    TOO_MANY_IMMEDIATE_COMMANDS(0x06),
    /** The task named is still under way. */
    TASK_IN_PROGRESS(0x07),
    /** A field of the PDU has a value that it cannot have. */
    INVALID_PDU_FIELD(0x09);

    private final int code;

    RejectReason(int code) {
        this.code = code;
    }

    /**
     * Tells whether only the one request is refused, and the connection can go on.
     *
     * @return false where the peer cannot be trusted any more
     */
    public boolean leavesOthersAlone() {
        return this == TOO_MANY_IMMEDIATE_COMMANDS || this == TASK_IN_PROGRESS;
    }

    /**
     * Returns the wire value.
     *
     * @return 2 to 12
     */
    public int code() {
        return code;
    }
}
