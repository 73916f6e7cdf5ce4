package org.sanboot.iscsi.pdu;

/** What became of a task management request (RFC 7143 11.6.1). */
public enum TaskManagementOutcome {
    /** Done. */
    FUNCTION_COMPLETE(0),
    /** There is no such task; it may have ended just now. */
    TASK_DOES_NOT_EXIST(1),
    /** There is no such logical unit. */
    LUN_DOES_NOT_EXIST(2),
    /** Error recovery level 2 would be needed. */
    TASK_REASSIGNMENT_NOT_SUPPORTED(4),
    /** The target does not know the function. */
    FUNCTION_NOT_SUPPORTED(5),
    /** Refused for another reason. */
    FUNCTION_REJECTED(255);

    private final int code;

    TaskManagementOutcome(int code) {
        this.code = code;
    }

    /**
     * Returns the wire value.
     *
     * @return 0 to 255
     */
    public int code() {
        return code;
    }
}
