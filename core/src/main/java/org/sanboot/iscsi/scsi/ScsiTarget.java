package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockIoException;

/** The logical units behind one target name, and what is answered where there is none. */
public final class ScsiTarget {

    private final TreeMap<Integer, LogicalUnit> units;

    /**
     * Creates a target.
     *
     * @param units by number
     */
    public ScsiTarget(Map<Integer, LogicalUnit> units) {
        this.units = new TreeMap<>(units);
    }

    /**
     * Finds a logical unit.
     *
     * @param lun the number in its eight-byte form
     * @return null when there is none
     */
    public @Nullable LogicalUnit unit(long lun) {
        return units.get(LunCode.number(lun));
    }

    /**
     * Returns all logical units.
     *
     * @return in the order of their numbers
     */
    public Collection<LogicalUnit> units() {
        return units.values();
    }

    /**
     * Admits a session to every logical unit.
     *
     * @param nexus of the session
     */
    public void attach(Nexus nexus) {
        units.values().forEach(unit -> unit.attach(nexus));
    }

    /**
     * Ends what a session held in every logical unit.
     *
     * @param nexus of the session
     */
    public void detach(Nexus nexus) {
        units.values().forEach(unit -> unit.detach(nexus));
    }

    /**
     * Decides what a command asks for.
     *
     * @param nexus who sends it
     * @param lun to which logical unit, in the eight-byte form
     * @param bytes the CDB, 16 bytes
     * @param expectedLength how much data the initiator expects to move, in bytes
     * @return what to do for it
     */
    public Execution execute(Nexus nexus, long lun, byte[] bytes, long expectedLength) {
        Cdb cdb = new Cdb(bytes);
        LogicalUnit unit = unit(lun);
        try {
            Command command = Command.of(cdb);
            if (command == Command.REPORT_LUNS) {
                return reportLuns(cdb);
            }
            return unit == null ? withoutUnit(cdb, command) : unit.execute(nexus, cdb, command, expectedLength);
        } catch (ScsiException e) {
            return e.completion();
        } catch (BlockIoException e) {
            if (unit != null) {
                unit.failed(e);
            }
            return Execution.Complete.failed(Sense.of(e, false));
        }
    }

    /** INQUIRY, REQUEST SENSE and REPORT LUNS succeed where there is no logical unit (SPC-4 6.6.1, 6.39; SAM-5 4.7.4). */
    private static Execution withoutUnit(Cdb cdb, Command command) {
        if (command == Command.INQUIRY) {
            if (cdb.bit(1, 0x01) || cdb.u8(2) != 0) {
                throw ScsiException.invalidField(1);
            }
            return LogicalUnit.data(InquiryData.absent(), cdb.u16(3));
        }
        if (command == Command.REQUEST_SENSE) {
            return LogicalUnit.requestSense(cdb, AdditionalSense.LOGICAL_UNIT_NOT_SUPPORTED);
        }
        throw new ScsiException(AdditionalSense.LOGICAL_UNIT_NOT_SUPPORTED);
    }

    private Execution reportLuns(Cdb cdb) {
        int select = cdb.u8(2);
        // 0 and 2 list every logical unit; 1 lists the well-known ones, of which there are none (SPC-4 6.33).
        if (select > 2) {
            throw ScsiException.invalidField(2);
        }
        int count = select == 1 ? 0 : units.size();
        ByteBuffer data = ByteBuffer.allocate(8 + count * Long.BYTES)
                .putInt(count * Long.BYTES)
                .putInt(0);
        if (count > 0) {
            units.keySet().forEach(number -> data.putLong(LunCode.code(number)));
        }
        return LogicalUnit.data(data.array(), cdb.u32(6));
    }
}
