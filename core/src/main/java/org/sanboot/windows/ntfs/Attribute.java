package org.sanboot.windows.ntfs;

import java.util.List;
import org.sanboot.windows.structure.Structure;

/**
 * One attribute of a file, or the part of it that stands in one file record.
 *
 * @param type which, such as {@link #DATA}
 * @param name empty for the only one of its type
 * @param structure the whole of it, header included
 */
record Attribute(int type, String name, Structure structure) {

    static final int ATTRIBUTE_LIST = 0x20;
    static final int VOLUME_INFORMATION = 0x70;
    static final int DATA = 0x80;
    static final int INDEX_ROOT = 0x90;
    static final int INDEX_ALLOCATION = 0xa0;
    static final int REPARSE_POINT = 0xc0;

    private static final int COMPRESSED = 0x00ff;
    private static final int ENCRYPTED = 0x4000;
    private static final int SPARSE = 0x8000;

    boolean is(int wantedType, String wantedName) {
        return type == wantedType && name.equals(wantedName);
    }

    boolean isResident() {
        return structure.unsigned8(8) == 0;
    }

    boolean isCompressed() {
        return (structure.unsigned16(0x0c) & COMPRESSED) != 0;
    }

    boolean isEncrypted() {
        return (structure.unsigned16(0x0c) & ENCRYPTED) != 0;
    }

    boolean isSparse() {
        return (structure.unsigned16(0x0c) & SPARSE) != 0;
    }

    /** Returns the value of a resident attribute. */
    Structure value() {
        if (!isResident()) {
            throw structure.damaged("it should stand in its file record");
        }
        long length = structure.unsigned32(0x10);
        if (length > structure.length()) {
            throw structure.damaged("its value is longer than it");
        }
        return structure.part(structure.unsigned16(0x14), (int) length);
    }

    long firstVcn() {
        return isResident() ? 0 : structure.positive64(0x10);
    }

    List<Run> runs(Geometry geometry) {
        long last = structure.signed64(0x18); // -1 when nothing is allocated
        if (last < firstVcn() - 1 || last >= geometry.clusters() + (1L << 40)) {
            throw structure.damaged("its last cluster is number " + last);
        }
        return Run.decode(structure, structure.unsigned16(0x20), firstVcn(), last, geometry);
    }

    /** Bytes of the whole attribute; only its first part has it. */
    long dataSize() {
        return structure.positive64(0x30);
    }

    /** Bytes from the start that were ever written; the rest reads as zeros. */
    long initializedSize() {
        return structure.positive64(0x38);
    }
}
