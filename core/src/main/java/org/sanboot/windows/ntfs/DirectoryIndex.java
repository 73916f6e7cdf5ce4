package org.sanboot.windows.ntfs;

import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.sanboot.windows.structure.Structure;

/** Looks names up in a directory's B-tree. */
final class DirectoryIndex {

    private static final String FILE_NAMES = "$I30";
    private static final int LAST = 2;
    private static final int HAS_CHILD = 1;
    private static final int DEEPEST = 32;
    private static final int SMALLEST_BLOCK = 512;
    private static final int LARGEST_BLOCK = 64 << 10;
    private static final int HEADER = 0x10;

    private final String name;
    private final Geometry geometry;
    private final Structure root;
    private final @Nullable Stream blocks;
    private final int blockSize;

    DirectoryIndex(String name, MasterFileTable table, FileRecord directory, Geometry geometry) {
        this.name = "The directory " + name;
        this.geometry = geometry;
        Stream rootStream = table.stream(this.name, directory, Attribute.INDEX_ROOT, FILE_NAMES)
                .orElseThrow(() -> Structure.damaged(this.name, "it has no index"));
        if (!rootStream.isResident()) {
            throw Structure.damaged(this.name, "its index has no root in the file record");
        }
        this.root = rootStream.read(this.name, 0, (int) rootStream.size());
        this.blocks = table.stream(this.name, directory, Attribute.INDEX_ALLOCATION, FILE_NAMES)
                .orElse(null);
        long size = root.unsigned32(8);
        if (size < SMALLEST_BLOCK || size > LARGEST_BLOCK || Long.bitCount(size) != 1) {
            throw Structure.damaged(this.name, "its index blocks have %d bytes".formatted(size));
        }
        this.blockSize = (int) size;
    }

    /** Returns the number of the file record that a name leads to. */
    OptionalLong find(String wanted) {
        Structure node = root;
        int header = HEADER;
        for (int depth = 0; depth < DEEPEST; depth++) {
            Entry entry = firstNotBefore(node, header, wanted);
            if (entry.order() == 0) {
                return OptionalLong.of(entry.record());
            }
            if (entry.child().isEmpty()) {
                return OptionalLong.empty();
            }
            node = block(entry.child().getAsLong());
            header = 0x18;
        }
        throw Structure.damaged(name, "its index is too deep or goes round in a circle");
    }

    /** @param order 0 when the entry has the wanted name, else greater */
    private record Entry(int order, long record, OptionalLong child) {}

    private static Entry firstNotBefore(Structure node, int header, String wanted) {
        long offset = header + node.unsigned32(header);
        if (offset > node.length()) {
            throw node.damaged("its entries lie outside of it");
        }
        for (int at = (int) offset; ; ) {
            int length = node.unsigned16(at + 8);
            int flags = node.unsigned16(at + 0x0c);
            if (length < HEADER) {
                throw node.damaged("an entry has %d bytes".formatted(length));
            }
            OptionalLong child =
                    (flags & HAS_CHILD) == 0 ? OptionalLong.empty() : OptionalLong.of(node.positive64(at + length - 8));
            boolean last = (flags & LAST) != 0;
            int order = last ? 1 : compare(node.utf16(at + 0x52, 2 * node.unsigned8(at + 0x50)), wanted);
            if (order >= 0) {
                return new Entry(order, last ? 0 : node.signed64(at) & FileRecord.NUMBER_MASK, child);
            }
            at += length;
        }
    }

    /** Counts in clusters, or in sectors where a cluster is larger than a block; an index block knows its own number. */
    private Structure block(long vcn) {
        Stream allocated = Optional.ofNullable(blocks)
                .orElseThrow(() -> Structure.damaged(name, "its index refers to blocks that it does not have"));
        int[] units = geometry.clusterSize() <= blockSize
                ? new int[] {geometry.clusterSize()}
                : new int[] {SMALLEST_BLOCK, geometry.sectorSize()};
        for (int unit : units) {
            if (vcn <= (allocated.size() - blockSize) / unit) {
                Structure raw = allocated.read("An index block of " + name, vcn * unit, blockSize);
                if (raw.has(0, "INDX") && raw.signed64(0x10) == vcn) {
                    return ProtectedBlock.open(raw, "INDX");
                }
            }
        }
        throw Structure.damaged(name, "its index block %d is not there".formatted(vcn));
    }

    private static int compare(String entry, String wanted) {
        for (int i = 0; i < Math.min(entry.length(), wanted.length()); i++) {
            int order = Character.compare(upperCase(entry.charAt(i)), upperCase(wanted.charAt(i)));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(entry.length(), wanted.length());
    }

    /** As the volume's own $UpCase table: no letter outside of ASCII becomes one inside. */
    private static char upperCase(char letter) {
        char upper = Character.toUpperCase(letter);
        return letter >= 0x80 && upper < 0x80 ? letter : upper;
    }
}
