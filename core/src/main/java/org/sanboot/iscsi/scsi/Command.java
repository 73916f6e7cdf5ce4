package org.sanboot.iscsi.scsi;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The commands of this target, with the bits of the CDB that each looks at (SPC-4 6.35.3, CDB USAGE DATA). A bit outside
 * of them that an initiator sets is an INVALID FIELD IN CDB, as a reserved bit should be (SPC-4 4.2.5).
 */
enum Command {
    TEST_UNIT_READY(0x00, Access.ALWAYS, "00 00 00 00 00 00"),
    REQUEST_SENSE(0x03, Access.ALWAYS_EVEN_RESERVED, "03 01 00 00 ff 00"),
    READ_6(0x08, Access.READ, "08 1f ff ff ff 00"),
    WRITE_6(0x0A, Access.WRITE, "0a 1f ff ff ff 00"),
    INQUIRY(0x12, Access.ALWAYS_EVEN_RESERVED, "12 01 ff ff ff 00"),
    MODE_SELECT_6(0x15, Access.WRITE, "15 11 00 00 ff 00"),
    RESERVE_6(0x16, Access.RESERVATION, "16 00 00 00 00 00"),
    RELEASE_6(0x17, Access.RESERVATION, "17 00 00 00 00 00"),
    MODE_SENSE_6(0x1A, Access.WRITE, "1a 08 ff ff ff 00"),
    START_STOP_UNIT(0x1B, Access.WRITE, "1b 01 00 0f f7 00"),
    READ_CAPACITY_10(0x25, Access.ALWAYS, "25 01 ff ff ff ff 00 00 01 00"),
    READ_10(0x28, Access.READ, "28 18 ff ff ff ff 1f ff ff 00"),
    WRITE_10(0x2A, Access.WRITE, "2a 18 ff ff ff ff 1f ff ff 00"),
    WRITE_AND_VERIFY_10(0x2E, Access.WRITE, "2e 16 ff ff ff ff 1f ff ff 00"),
    VERIFY_10(0x2F, Access.READ, "2f 16 ff ff ff ff 1f ff ff 00"),
    PRE_FETCH_10(0x34, Access.READ, "34 02 ff ff ff ff 1f ff ff 00"),
    SYNCHRONIZE_CACHE_10(0x35, Access.WRITE, "35 06 ff ff ff ff 1f ff ff 00"),
    WRITE_SAME_10(0x41, Access.WRITE, "41 08 ff ff ff ff 1f ff ff 00"),
    UNMAP(0x42, Access.WRITE, "42 00 00 00 00 00 1f ff ff 00"),
    MODE_SELECT_10(0x55, Access.WRITE, "55 11 00 00 00 00 00 ff ff 00"),
    MODE_SENSE_10(0x5A, Access.WRITE, "5a 18 ff ff 00 00 00 ff ff 00"),
    PERSISTENT_RESERVE_IN_READ_KEYS(0x5E, 0x00, Access.RESERVATION, "5e 1f 00 00 00 00 00 ff ff 00"),
    PERSISTENT_RESERVE_IN_READ_RESERVATION(0x5E, 0x01, Access.RESERVATION, "5e 1f 00 00 00 00 00 ff ff 00"),
    PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES(0x5E, 0x02, Access.RESERVATION, "5e 1f 00 00 00 00 00 ff ff 00"),
    PERSISTENT_RESERVE_IN_READ_FULL_STATUS(0x5E, 0x03, Access.RESERVATION, "5e 1f 00 00 00 00 00 ff ff 00"),
    PERSISTENT_RESERVE_OUT_REGISTER(0x5F, 0x00, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_RESERVE(0x5F, 0x01, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_RELEASE(0x5F, 0x02, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_CLEAR(0x5F, 0x03, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_PREEMPT(0x5F, 0x04, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_PREEMPT_AND_ABORT(0x5F, 0x05, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_REGISTER_AND_IGNORE(0x5F, 0x06, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    PERSISTENT_RESERVE_OUT_REGISTER_AND_MOVE(0x5F, 0x07, Access.RESERVATION, "5f 1f ff 00 00 ff ff ff ff 00"),
    READ_16(0x88, Access.READ, "88 18 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    COMPARE_AND_WRITE(0x89, Access.WRITE, "89 18 ff ff ff ff ff ff ff ff 00 00 00 ff 1f 00"),
    WRITE_16(0x8A, Access.WRITE, "8a 18 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    ORWRITE_16(0x8B, Access.WRITE, "8b 18 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    WRITE_AND_VERIFY_16(0x8E, Access.WRITE, "8e 16 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    VERIFY_16(0x8F, Access.READ, "8f 16 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    PRE_FETCH_16(0x90, Access.READ, "90 02 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    SYNCHRONIZE_CACHE_16(0x91, Access.WRITE, "91 06 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    WRITE_SAME_16(0x93, Access.WRITE, "93 09 ff ff ff ff ff ff ff ff ff ff ff ff 1f 00"),
    WRITE_ATOMIC_16(0x9C, Access.WRITE, "9c 18 ff ff ff ff ff ff ff ff 00 00 ff ff 1f 00"),
    READ_CAPACITY_16(0x9E, 0x10, Access.ALWAYS, "9e 1f ff ff ff ff ff ff ff ff ff ff ff ff 01 00"),
    GET_LBA_STATUS(0x9E, 0x12, Access.READ, "9e 1f ff ff ff ff ff ff ff ff ff ff ff ff 00 00"),
    REPORT_LUNS(0xA0, Access.ALWAYS_EVEN_RESERVED, "a0 00 ff 00 00 00 ff ff ff ff 00 00"),
    REPORT_SUPPORTED_OPERATION_CODES(0xA3, 0x0C, Access.ALWAYS, "a3 1f 87 ff ff ff ff ff ff ff 00 00"),
    REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS(0xA3, 0x0D, Access.ALWAYS, "a3 1f 80 00 00 00 ff ff ff ff 00 00"),
    READ_12(0xA8, Access.READ, "a8 18 ff ff ff ff ff ff ff ff 1f 00"),
    WRITE_12(0xAA, Access.WRITE, "aa 18 ff ff ff ff ff ff ff ff 1f 00"),
    WRITE_AND_VERIFY_12(0xAE, Access.WRITE, "ae 16 ff ff ff ff ff ff ff ff 1f 00"),
    VERIFY_12(0xAF, Access.READ, "af 16 ff ff ff ff ff ff ff ff 1f 00");

    private static final int NO_SERVICE_ACTION = -1;
    private static final int SERVICE_ACTION_MASK = 0x1F;

    /** Bits 5 to 7 of byte 1 were the LUN in SCSI-2; EDK2 still fills them in. */
    private static final int OBSOLETE_LUN = 0xE0;

    private static final @Nullable Command[] BY_OPCODE = new @Nullable Command[256];

    static {
        for (Command command : values()) {
            if (BY_OPCODE[command.opcode] == null) {
                BY_OPCODE[command.opcode] = command;
            }
        }
    }

    private final int opcode;
    private final int serviceAction;
    private final Access access;

    @SuppressWarnings("ImmutableEnumChecker") // Nobody writes to it.
    private final byte[] usage;

    Command(int opcode, Access access, String usage) {
        this(opcode, NO_SERVICE_ACTION, access, usage);
    }

    Command(int opcode, int serviceAction, Access access, String usage) {
        this.opcode = opcode;
        this.serviceAction = serviceAction;
        this.access = access;
        this.usage = HexFormat.ofDelimiter(" ").parseHex(usage);
    }

    /** What a command does to the medium, which decides whether a reservation stands against it (SPC-4 5.13, SBC-3 4.17). */
    enum Access {
        /** Allowed whatever is reserved by whomever. */
        ALWAYS_EVEN_RESERVED,
        /** Allowed with any persistent reservation, but not with RESERVE(6). */
        ALWAYS,
        /** Reads the medium. */
        READ,
        /** Writes the medium, or needs it as exclusively as a write. */
        WRITE,
        /** Deals with reservations, and has rules of its own. */
        RESERVATION
    }

    /**
     * Finds the command of a CDB.
     *
     * @throws ScsiException when there is none, or reserved bits are set
     */
    static Command of(Cdb cdb) {
        Command command = BY_OPCODE[cdb.opcode()];
        if (command == null) {
            throw new ScsiException(AdditionalSense.INVALID_COMMAND_OPERATION_CODE);
        }
        if (command.serviceAction != NO_SERVICE_ACTION) {
            command = ofServiceAction(command.opcode, cdb.u8(1) & SERVICE_ACTION_MASK);
            if (command == null) {
                throw ScsiException.invalidField(1);
            }
        }
        command.checkReservedBits(cdb);
        return command;
    }

    /** Finds a command among those that share an operation code. */
    static @Nullable Command ofServiceAction(int opcode, int serviceAction) {
        for (Command command : values()) {
            if (command.opcode == opcode && command.serviceAction == serviceAction) {
                return command;
            }
        }
        return null;
    }

    static @Nullable Command ofOpcode(int opcode) {
        return BY_OPCODE[opcode];
    }

    private void checkReservedBits(Cdb cdb) {
        for (int i = 1; i < usage.length; i++) {
            int lenient = i == 1 && access != Access.READ && access != Access.WRITE ? OBSOLETE_LUN : 0;
            if ((cdb.u8(i) & ~(usage[i] | lenient)) != 0) {
                throw ScsiException.invalidField(i);
            }
        }
    }

    Access access() {
        return access;
    }

    int opcode() {
        return opcode;
    }

    boolean hasServiceAction() {
        return serviceAction != NO_SERVICE_ACTION;
    }

    int serviceAction() {
        return Math.max(serviceAction, 0);
    }

    /** Returns the CDB USAGE DATA; as many bytes as the CDB has. */
    byte[] usage() {
        byte[] data = usage.clone();
        if (hasServiceAction()) {
            data[1] = (byte) ((data[1] & ~SERVICE_ACTION_MASK) | serviceAction);
        }
        return data;
    }
}
