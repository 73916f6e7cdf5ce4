package org.sanboot.iscsi.pdu;

/** The peer broke a rule of iSCSI. It becomes a Reject on the wire and the end of that connection, nothing else. */
public final class ProtocolException extends RuntimeException {

    /** What the Reject says. */
    private final RejectReason reason;

    /**
     * Creates the error.
     *
     * @param reason for the Reject
     * @param message which rule, for the log
     */
    public ProtocolException(RejectReason reason, String message) {
        // Peers cause these at will, so they must be cheap: no stack trace.
        super(message, null, false, false);
        this.reason = reason;
    }

    /**
     * Returns what the Reject says.
     *
     * @return the reason
     */
    public RejectReason reason() {
        return reason;
    }
}
