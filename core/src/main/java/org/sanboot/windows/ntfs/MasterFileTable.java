package org.sanboot.windows.ntfs;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** All file records, and the attributes that are spread over several of them. */
final class MasterFileTable {

    /** The largest that Windows makes. */
    private static final int LARGEST_ATTRIBUTE_LIST = 256 << 10;

    private static final int SMALLEST_LIST_ENTRY = 0x1a;

    /** As many as such a list names, each in a record of its own. */
    private static final int MOST_PARTS = 8192;

    private static final long MOST_BYTES_OF_PARTS = 16 << 20;

    private final Medium volume;
    private final Geometry geometry;
    private final Stream table;

    /** Opens the table, which describes itself: each piece of it tells where further pieces are. */
    MasterFileTable(Medium volume, Geometry geometry) {
        this.volume = volume;
        this.geometry = geometry;
        long start = geometry.mftCluster() * geometry.clusterSize();
        FileRecord own =
                FileRecord.parse(0, volume.read("The master file table's record", start, geometry.recordSize()));
        Attribute first = own.attribute(Attribute.DATA, "")
                .orElseThrow(() -> Structure.damaged("The master file table", "it has no data"));
        this.table = new Stream("The master file table", volume, geometry, List.of(first));
        for (long number : extensions(own, Attribute.DATA, "")) {
            table.append(extension(own, number, Attribute.DATA, ""), geometry);
        }
    }

    int pieces() {
        return table.pieces();
    }

    FileRecord record(long number) {
        String name = "File record " + number;
        if (number < 0 || number >= table.size() / geometry.recordSize()) {
            throw Structure.damaged(name, "the table does not have it");
        }
        return FileRecord.parse(number, table.read(name, number * geometry.recordSize(), geometry.recordSize()));
    }

    /** Puts an attribute together, wherever its parts stand. */
    Optional<Stream> stream(String file, FileRecord record, int type, String name) {
        List<Attribute> parts = new ArrayList<>();
        record.attributes().stream()
                .filter(attribute -> attribute.is(type, name))
                .forEach(parts::add);
        for (long number : extensions(record, type, name)) {
            parts.addAll(extension(record, number, type, name));
            checkAmount(file, parts);
        }
        return parts.isEmpty() ? Optional.empty() : Optional.of(new Stream(file, volume, geometry, parts));
    }

    /** All parts are in memory at once, and a crafted list leads to many records of 64 KiB. */
    private static void checkAmount(String file, List<Attribute> parts) {
        long bytes = parts.stream().mapToLong(part -> part.structure().length()).sum();
        if (parts.size() > MOST_PARTS || bytes > MOST_BYTES_OF_PARTS) {
            throw Structure.damaged(
                    file, "its attribute is in %d parts of %d bytes altogether".formatted(parts.size(), bytes));
        }
    }

    private List<Attribute> extension(FileRecord base, long number, int type, String name) {
        FileRecord extension = record(number);
        if (extension.base() != base.number()) {
            throw Structure.damaged("File record " + number, "it does not belong to record " + base.number());
        }
        return extension.attributes().stream()
                .filter(attribute -> attribute.is(type, name))
                .toList();
    }

    /** Lists the other records that hold parts of an attribute, in the order of the parts. */
    private Set<Long> extensions(FileRecord record, int type, String name) {
        Set<Long> numbers = new LinkedHashSet<>();
        Optional<Attribute> attribute = record.attribute(Attribute.ATTRIBUTE_LIST, "");
        if (attribute.isEmpty()) {
            return numbers;
        }
        Structure list = attributeList(record, attribute.get());
        for (int at = 0; at < list.length(); ) {
            int length = list.unsigned16(at + 4);
            if (length < SMALLEST_LIST_ENTRY) {
                throw list.damaged("an entry has %d bytes".formatted(length));
            }
            String entryName = list.utf16(at + list.unsigned8(at + 7), 2 * list.unsigned8(at + 6));
            long number = list.signed64(at + 0x10) & FileRecord.NUMBER_MASK;
            if (list.signed32(at) == type && entryName.equals(name) && number != record.number()) {
                numbers.add(number);
            }
            at += length;
        }
        return numbers;
    }

    private Structure attributeList(FileRecord record, Attribute attribute) {
        String name = "The attribute list of file record " + record.number();
        Stream stream = new Stream(name, volume, geometry, List.of(attribute));
        if (stream.size() > LARGEST_ATTRIBUTE_LIST) {
            throw Structure.damaged(name, "it has %d bytes".formatted(stream.size()));
        }
        return stream.read(name, 0, (int) stream.size());
    }
}
