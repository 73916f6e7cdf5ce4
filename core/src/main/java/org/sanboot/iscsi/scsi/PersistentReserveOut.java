package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The parameter list of PERSISTENT RESERVE OUT (SPC-4 6.16.3), with the scope and type of its CDB. */
final class PersistentReserveOut {

    static final int LENGTH = 24;

    private static final int SPEC_I_PT = 0x08;
    private static final int APTPL = 0x01;
    private static final int UNREG = 0x02;
    private static final int ISCSI_INITIATOR_PORT = 0x45;
    private static final Pattern PORT_NAME = Pattern.compile("(.+),i,0x([0-9a-f]{1,12})");

    private final ByteBuffer list;
    private final int scopeAndType;
    private final boolean moves;

    PersistentReserveOut(Cdb cdb, byte[] list) {
        this.moves = (cdb.u8(1) & 0x1F) == 0x07;
        if (moves ? list.length < LENGTH : list.length != LENGTH) {
            throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
        }
        this.list = ByteBuffer.wrap(list);
        this.scopeAndType = cdb.u8(2);
        if (!moves && (list[20] & SPEC_I_PT) != 0) {
            throw ScsiException.invalidParameter(20);
        }
    }

    long key() {
        return list.getLong(0);
    }

    long serviceActionKey() {
        return list.getLong(8);
    }

    boolean persists() {
        return (list.get(moves ? 17 : 20) & APTPL) != 0;
    }

    boolean unregisters() {
        return (list.get(17) & UNREG) != 0;
    }

    ReservationType type() {
        ReservationType type = ReservationType.of(scopeAndType & 0x0F);
        // The scope is the logical unit, 0; there is no other.
        if (type == null || scopeAndType >> 4 != 0) {
            throw ScsiException.invalidField(2);
        }
        return type;
    }

    /** Returns the initiator port that REGISTER AND MOVE names; null when it names none. */
    @Nullable
    InitiatorPort receiver() {
        int length = list.getInt(20);
        if (length < 4 || length > list.capacity() - LENGTH || (list.get(LENGTH) & 0xFF) != ISCSI_INITIATOR_PORT) {
            return null;
        }
        byte[] name = new byte[Math.min(list.getShort(LENGTH + 2) & 0xFFFF, length - 4)];
        list.get(LENGTH + 4, name);
        Matcher port = PORT_NAME.matcher(
                new String(name, StandardCharsets.UTF_8).replace("\0", "").toLowerCase(Locale.ROOT));
        return port.matches() ? new InitiatorPort(port.group(1), Long.parseLong(port.group(2), 16)) : null;
    }
}
