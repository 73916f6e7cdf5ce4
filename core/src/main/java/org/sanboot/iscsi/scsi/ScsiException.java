package org.sanboot.iscsi.scsi;

/** A command cannot be done. It becomes a status and sense data. */
final class ScsiException extends RuntimeException {

    /** What the initiator is told. */
    private final transient Execution.Complete completion;

    private ScsiException(Execution.Complete completion) {
        // Initiators cause these at will, so they must be cheap: no message, no stack trace.
        super(null, null, false, false);
        this.completion = completion;
    }

    ScsiException(Sense sense) {
        this(Execution.Complete.failed(sense));
    }

    ScsiException(AdditionalSense additional) {
        this(Sense.of(additional));
    }

    static ScsiException invalidField(int cdbByte) {
        return new ScsiException(Sense.of(AdditionalSense.INVALID_FIELD_IN_CDB).withField(cdbByte));
    }

    static ScsiException invalidParameter(int offset) {
        return new ScsiException(
                Sense.of(AdditionalSense.INVALID_FIELD_IN_PARAMETER_LIST).withField(offset));
    }

    static ScsiException reservationConflict() {
        return new ScsiException(Execution.Complete.RESERVATION_CONFLICT);
    }

    static ScsiException busy() {
        return new ScsiException(Execution.Complete.BUSY);
    }

    Execution.Complete completion() {
        return completion;
    }
}
