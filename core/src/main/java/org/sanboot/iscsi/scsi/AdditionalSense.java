package org.sanboot.iscsi.scsi;

/** Sense keys with their additional sense codes, as far as this target uses them (SPC-4 4.5.6, annex F.2). */
enum AdditionalSense {
    /** Nothing to report. */
    NONE(0x0, 0x00, 0x00),
    /** A logical unit that is not there cannot be accessed. */
    LOGICAL_UNIT_NOT_SUPPORTED(0x5, 0x25, 0x00),
    /** No such command. */
    INVALID_COMMAND_OPERATION_CODE(0x5, 0x20, 0x00),
    /** Past the last block. */
    LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE(0x5, 0x21, 0x00),
    /** A field of the command has a value that is not supported. */
    INVALID_FIELD_IN_CDB(0x5, 0x24, 0x00),
    /** A field of the parameter list has a value that is not supported. */
    INVALID_FIELD_IN_PARAMETER_LIST(0x5, 0x26, 0x00),
    /** The reservation is of another type or scope. */
    INVALID_RELEASE_OF_PERSISTENT_RESERVATION(0x5, 0x26, 0x04),
    /** The parameter list is too short or too long. */
    PARAMETER_LIST_LENGTH_ERROR(0x5, 0x1A, 0x00),
    /** The initiator sends another amount of data than the command asks for. */
    INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT(0x5, 0x0E, 0x03),
    /** Nothing is saved here. */
    SAVING_PARAMETERS_NOT_SUPPORTED(0x5, 0x39, 0x00),
    /** The medium could not be read. */
    UNRECOVERED_READ_ERROR(0x3, 0x11, 0x00),
    /** The medium could not be written. */
    WRITE_ERROR(0x3, 0x0C, 0x00),
    /** The target itself failed. */
    INTERNAL_TARGET_FAILURE(0x4, 0x44, 0x00),
    /** The medium takes no writes. */
    WRITE_PROTECTED(0x7, 0x27, 0x00),
    /** An initiator set software write protection (SWP). */
    SOFTWARE_WRITE_PROTECTED(0x7, 0x27, 0x02),
    /** No room for the write (SBC-3 4.7.3.6). */
    SPACE_ALLOCATION_FAILED_WRITE_PROTECT(0x7, 0x27, 0x07),
    /** The medium differs from the data sent. */
    MISCOMPARE_DURING_VERIFY(0xE, 0x1D, 0x00),
    /** A reset; what was known of the logical unit is void. */
    BUS_DEVICE_RESET_FUNCTION_OCCURRED(0x6, 0x29, 0x03),
    /** Another initiator changed mode parameters. */
    MODE_PARAMETERS_CHANGED(0x6, 0x2A, 0x01),
    /** Another initiator took the reservation away. */
    RESERVATIONS_PREEMPTED(0x6, 0x2A, 0x03),
    /** Another initiator gave the reservation up. */
    RESERVATIONS_RELEASED(0x6, 0x2A, 0x04),
    /** Another initiator removed the registration. */
    REGISTRATIONS_PREEMPTED(0x6, 0x2A, 0x05),
    /** Another initiator aborted commands of this one. */
    COMMANDS_CLEARED_BY_ANOTHER_INITIATOR(0x6, 0x2F, 0x00),
    /** Data came that was not asked for (RFC 7143 11.4.7.2). */
    UNEXPECTED_UNSOLICITED_DATA(0xB, 0x0C, 0x0C),
    /** More or less data came than was asked for (RFC 7143 11.4.7.2). */
    INCORRECT_AMOUNT_OF_DATA(0xB, 0x0C, 0x0D),
    /** Data came damaged (RFC 7143 11.4.7.2). */
    PROTOCOL_SERVICE_CRC_ERROR(0xB, 0x47, 0x05);

    private final int key;
    private final int code;
    private final int qualifier;

    AdditionalSense(int key, int code, int qualifier) {
        this.key = key;
        this.code = code;
        this.qualifier = qualifier;
    }

    int key() {
        return key;
    }

    int code() {
        return code;
    }

    int qualifier() {
        return qualifier;
    }
}
