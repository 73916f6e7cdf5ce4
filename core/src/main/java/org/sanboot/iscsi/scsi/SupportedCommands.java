package org.sanboot.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What this target can do (SPC-4 6.35 and 6.36). */
final class SupportedCommands {

    private static final int SUPPORTED = 3;
    private static final int NOT_SUPPORTED = 1;
    private static final int TIMEOUTS_LENGTH = 12;

    private SupportedCommands() {}

    static byte[] report(Cdb cdb) {
        boolean timeouts = cdb.bit(2, 0x80);
        int opcode = cdb.u8(3);
        int serviceAction = cdb.u16(4);
        Command first = Command.ofOpcode(opcode);
        boolean hasActions = first != null && first.hasServiceAction();
        return switch (cdb.u8(2) & 7) {
            case 0 -> all(timeouts);
            case 1 -> {
                if (hasActions) {
                    throw ScsiException.invalidField(2);
                }
                yield one(first, timeouts);
            }
            case 2 -> {
                if (first != null && !hasActions) {
                    throw ScsiException.invalidField(2);
                }
                yield one(Command.ofServiceAction(opcode, serviceAction), timeouts);
            }
            case 3 -> one(hasActions ? Command.ofServiceAction(opcode, serviceAction) : first, timeouts);
            default -> throw ScsiException.invalidField(2);
        };
    }

    private static byte[] all(boolean timeouts) {
        ByteArrayOutputStream descriptors = new ByteArrayOutputStream();
        for (Command command : Command.values()) {
            ByteBuffer descriptor = ByteBuffer.allocate(8)
                    .put(0, (byte) command.opcode())
                    .putShort(2, (short) command.serviceAction())
                    .put(5, (byte) ((command.hasServiceAction() ? 1 : 0) | (timeouts ? 2 : 0)))
                    .putShort(6, (short) command.usage().length);
            descriptors.writeBytes(descriptor.array());
            descriptors.writeBytes(timeouts(timeouts));
        }
        return ByteBuffer.allocate(4 + descriptors.size())
                .putInt(descriptors.size())
                .put(descriptors.toByteArray())
                .array();
    }

    private static byte[] one(@Nullable Command command, boolean timeouts) {
        if (command == null) {
            return new byte[] {0, NOT_SUPPORTED, 0, 0};
        }
        byte[] usage = command.usage();
        byte[] tail = timeouts(timeouts);
        return ByteBuffer.allocate(4 + usage.length + tail.length)
                .put((byte) 0)
                .put((byte) (SUPPORTED | (timeouts ? 0x80 : 0)))
                .putShort((short) usage.length)
                .put(usage)
                .put(tail)
                .array();
    }

    /** A command timeouts descriptor (SPC-4 6.35.4) that names none. */
    private static byte[] timeouts(boolean wanted) {
        byte[] descriptor = new byte[wanted ? TIMEOUTS_LENGTH : 0];
        if (wanted) {
            descriptor[1] = TIMEOUTS_LENGTH - 2;
        }
        return descriptor;
    }

    static byte[] taskManagementFunctions(Cdb cdb) {
        // ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET, TARGET RESET; the extended form has 16 bytes.
        byte[] data = new byte[cdb.bit(2, 0x80) ? 16 : 4];
        data[0] = (byte) 0xDA;
        data[3] = (byte) (data.length - 4);
        return data;
    }
}
