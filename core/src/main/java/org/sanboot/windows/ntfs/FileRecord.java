package org.sanboot.windows.ntfs;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.structure.Structure;

/**
 * A record of the master file table.
 *
 * @param number its place in the table
 * @param directory whether it is a directory's
 * @param base the record that it extends, 0 when it extends none
 * @param attributes in their order
 */
record FileRecord(long number, boolean directory, long base, List<Attribute> attributes) {

    /** A file reference's upper 16 bits count reuses of the record. */
    static final long NUMBER_MASK = 0xffff_ffff_ffffL;

    private static final int IN_USE = 1;
    private static final int DIRECTORY = 2;
    private static final int END = -1;
    private static final int SMALLEST_ATTRIBUTE = 0x18;

    static FileRecord parse(long number, Structure raw) {
        Structure record = ProtectedBlock.open(raw, "FILE");
        int flags = record.unsigned16(0x16);
        if ((flags & IN_USE) == 0) {
            throw record.damaged("it is not in use");
        }
        List<Attribute> attributes = new ArrayList<>();
        for (int at = record.unsigned16(0x14); record.signed32(at) != END; ) {
            long length = record.unsigned32(at + 4);
            if (length < SMALLEST_ATTRIBUTE || length > record.length()) {
                throw record.damaged("an attribute has %d bytes".formatted(length));
            }
            attributes.add(attribute(record, record.part(at, (int) length)));
            at += (int) length;
        }
        return new FileRecord(
                number, (flags & DIRECTORY) != 0, record.positive64(0x20) & NUMBER_MASK, List.copyOf(attributes));
    }

    private static Attribute attribute(Structure record, Structure attribute) {
        String name = attribute.utf16(attribute.unsigned16(0x0a), 2 * attribute.unsigned8(9));
        int type = attribute.signed32(0);
        return new Attribute(
                type,
                name,
                new Structure(
                        "Attribute 0x%x of %s".formatted(type, record.name()), attribute.bytes(0, attribute.length())));
    }

    Optional<Attribute> attribute(int type, String name) {
        return attributes.stream().filter(attribute -> attribute.is(type, name)).findFirst();
    }
}
