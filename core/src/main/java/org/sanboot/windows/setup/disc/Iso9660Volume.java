package org.sanboot.windows.setup.disc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.setup.disc.DiscFile.Extent;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** ISO 9660 (ECMA-119), by the names of Joliet where the disc has them. */
final class Iso9660Volume implements Volume {

    private static final int SECTOR = 2048;

    /** ECMA-119, 6.2.1: the system area is before it. */
    private static final int FIRST_DESCRIPTOR = 16;

    private static final int MOST_DESCRIPTORS = 64;
    private static final int PRIMARY = 1;
    private static final int SUPPLEMENTARY = 2;

    /** ECMA-119, 8.4.18: the root's directory record, within a volume descriptor. */
    private static final int ROOT_RECORD = 156;

    private static final int ROOT_RECORD_LENGTH = 34;
    private static final int FLAG_DIRECTORY = 0x02;
    private static final int FLAG_MORE_EXTENTS = 0x80;

    private final Medium medium;
    private final boolean joliet;
    private final DiscFile root;

    private Iso9660Volume(Medium medium, boolean joliet, Structure descriptor) {
        this.medium = medium;
        this.joliet = joliet;
        this.root = file(descriptor.part(ROOT_RECORD, ROOT_RECORD_LENGTH));
    }

    static Optional<Volume> open(Medium medium) {
        Optional<Structure> primary = Optional.empty();
        for (int i = 0; i < MOST_DESCRIPTORS; i++) {
            long at = (FIRST_DESCRIPTOR + i) * (long) SECTOR;
            if (at + SECTOR > medium.size()) {
                break;
            }
            Structure descriptor = medium.read("A volume descriptor", at, SECTOR);
            if (!descriptor.has(1, "CD001")) {
                break;
            }
            if (descriptor.unsigned8(0) == SUPPLEMENTARY && isJoliet(descriptor)) {
                return Optional.of(new Iso9660Volume(medium, true, descriptor));
            }
            if (descriptor.unsigned8(0) == PRIMARY) {
                primary = Optional.of(descriptor);
            }
        }
        return primary.map(descriptor -> new Iso9660Volume(medium, false, descriptor));
    }

    /** Joliet specification: the escape sequences of UCS-2 at levels 1 to 3. */
    private static boolean isJoliet(Structure descriptor) {
        return descriptor.has(88, "%/@") || descriptor.has(88, "%/C") || descriptor.has(88, "%/E");
    }

    @Override
    public DiscFile root() {
        return root;
    }

    @Override
    public List<DiscFile> list(DiscFile directory) {
        if (directory.size() > LARGEST_DIRECTORY) {
            throw Structure.damaged("The directory " + directory.name(), "it has " + directory.size() + " bytes");
        }
        Structure records = directory.read("The directory " + directory.name(), 0, (int) directory.size());
        List<DiscFile> files = new ArrayList<>();
        List<Extent> before = new ArrayList<>();
        for (int at = 0; at < records.length(); ) {
            int length = records.unsigned8(at);
            if (length == 0) {
                // ECMA-119, 6.8.1.1: no record crosses the end of a sector, and zeros fill it up.
                at = (at / SECTOR + 1) * SECTOR;
                continue;
            }
            Structure record = records.part(at, length);
            at += length;
            DiscFile file = file(record);
            before.addAll(file.extents());
            if ((record.unsigned8(25) & FLAG_MORE_EXTENTS) != 0) {
                continue;
            }
            if (!isSelfOrParent(record)) {
                long size = before.stream().mapToLong(Extent::length).sum();
                files.add(new DiscFile(file.name(), file.directory(), size, before));
            }
            before.clear();
        }
        return files;
    }

    private static boolean isSelfOrParent(Structure record) {
        return record.unsigned8(32) == 1 && record.unsigned8(33) <= 1;
    }

    /** ECMA-119, 9.1: numbers are there in both byte orders, the little end first. */
    private DiscFile file(Structure record) {
        long start = record.unsigned32(2) * SECTOR;
        long size = record.unsigned32(10);
        boolean directory = (record.unsigned8(25) & FLAG_DIRECTORY) != 0;
        return new DiscFile(name(record), directory, size, List.of(new Extent(medium, start, size)));
    }

    private String name(Structure record) {
        byte[] bytes = record.bytes(33, record.unsigned8(32));
        String name = new String(bytes, joliet ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
        // The version number, and the dot of a name without an extension (ECMA-119, 7.5.1).
        return name.replaceFirst(";\\d+$", "").replaceFirst("\\.$", "");
    }
}
