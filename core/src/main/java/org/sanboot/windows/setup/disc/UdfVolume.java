package org.sanboot.windows.setup.disc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sanboot.windows.setup.disc.DiscFile.Extent;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * UDF (ECMA-167 and OSTA UDF 1.02) on partitions with plain maps, which is what mastered discs have. Later forms with
 * virtual, sparable or metadata partitions are for media that are written in pieces.
 */
final class UdfVolume implements Volume {

    private static final int SECTOR = 2048;

    /** ECMA-167 3/8.4.2.1: one of the places of the anchor. */
    private static final long ANCHOR = 256L * SECTOR;

    private static final int MOST_DESCRIPTORS = 256;

    /** Tags of descriptors (ECMA-167 3/7.2.1 and 4/7.2.1). */
    private static final int TAG_ANCHOR = 2;

    private static final int TAG_PARTITION = 5;
    private static final int TAG_LOGICAL_VOLUME = 6;
    private static final int TAG_TERMINATOR = 8;
    private static final int TAG_FILE_SET = 256;
    private static final int TAG_FILE_IDENTIFIER = 257;
    private static final int TAG_FILE_ENTRY = 261;
    private static final int TAG_EXTENDED_FILE_ENTRY = 266;

    private static final int TYPE_DIRECTORY = 4;
    private static final int CHARACTERISTIC_DELETED = 0x04;
    private static final int CHARACTERISTIC_PARENT = 0x08;

    private final Medium medium;
    private final Map<Integer, Long> partitionStarts = new HashMap<>();

    /** By partition reference number, as addresses have it: the partition's number. */
    private final List<Integer> partitionMaps = new ArrayList<>();

    private final DiscFile root;

    private UdfVolume(Medium medium, long descriptors, long length) {
        this.medium = medium;
        Structure volume = null;
        for (int i = 0; i < Math.min(MOST_DESCRIPTORS, length / SECTOR); i++) {
            Structure descriptor = medium.read("A UDF volume descriptor", descriptors + i * (long) SECTOR, SECTOR);
            int tag = descriptor.unsigned16(0);
            if (tag == TAG_PARTITION) {
                partitionStarts.put(descriptor.unsigned16(22), descriptor.unsigned32(188) * SECTOR);
            } else if (tag == TAG_LOGICAL_VOLUME) {
                volume = descriptor;
            } else if (tag == TAG_TERMINATOR) {
                break;
            }
        }
        if (volume == null || volume.unsigned32(212) != SECTOR) {
            throw Structure.damaged("The UDF volume", "it has no logical volume of 2048-byte blocks");
        }
        readPartitionMaps(volume);
        Structure fileSet = medium.read("The UDF file set", address(volume, 252), SECTOR);
        requireTag(fileSet, TAG_FILE_SET);
        this.root = file("", address(fileSet, 404));
    }

    static Optional<Volume> open(Medium medium) {
        if (medium.size() < ANCHOR + SECTOR) {
            return Optional.empty();
        }
        Structure anchor = medium.read("The UDF anchor", ANCHOR, SECTOR);
        return anchor.unsigned16(0) == TAG_ANCHOR && checksumIsRight(anchor)
                ? Optional.of(new UdfVolume(medium, anchor.unsigned32(20) * SECTOR, anchor.unsigned32(16)))
                : Optional.empty();
    }

    /** ECMA-167 3/7.2.3: the sum of the tag's other bytes. */
    private static boolean checksumIsRight(Structure descriptor) {
        int sum = 0;
        for (int i = 0; i < 16; i++) {
            sum += i == 4 ? 0 : descriptor.unsigned8(i);
        }
        return (sum & 0xff) == descriptor.unsigned8(4);
    }

    private static void requireTag(Structure descriptor, int tag) {
        if (descriptor.unsigned16(0) != tag || !checksumIsRight(descriptor)) {
            throw descriptor.damaged("its tag is not %d".formatted(tag));
        }
    }

    /** ECMA-167 3/10.7.2: a plain map is of type 1 and has 6 bytes. */
    private void readPartitionMaps(Structure volume) {
        int at = 440;
        for (int i = 0; i < volume.signed32(268) && i < MOST_DESCRIPTORS; i++) {
            if (volume.unsigned8(at) != 1) {
                throw Structure.damaged("The UDF volume", "it is not of the kind that mastered discs have");
            }
            partitionMaps.add(volume.unsigned16(at + 4));
            at += 6;
        }
    }

    /** ECMA-167 4/7.1: a block's number, then the partition's reference number. */
    private long address(Structure structure, int at) {
        return address(structure.unsigned32(at), structure.unsigned16(at + 4));
    }

    private long address(long block, int reference) {
        Long start = reference < partitionMaps.size() ? partitionStarts.get(partitionMaps.get(reference)) : null;
        if (start == null) {
            throw Structure.damaged("The UDF volume", "there is no partition " + reference);
        }
        return start + block * SECTOR;
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
        Structure identifiers = directory.read("The directory " + directory.name(), 0, (int) directory.size());
        List<DiscFile> files = new ArrayList<>();
        for (int at = 0; at < identifiers.length(); ) {
            // ECMA-167 4/14.4: a file identifier descriptor, padded to a multiple of four.
            if (identifiers.unsigned16(at) != TAG_FILE_IDENTIFIER) {
                throw identifiers.damaged("there is no file identifier at byte %d".formatted(at));
            }
            int characteristics = identifiers.unsigned8(at + 18);
            int nameLength = identifiers.unsigned8(at + 19);
            int nameAt = at + 38 + identifiers.unsigned16(at + 36);
            if ((characteristics & (CHARACTERISTIC_DELETED | CHARACTERISTIC_PARENT)) == 0) {
                files.add(file(name(identifiers.bytes(nameAt, nameLength)), address(identifiers, at + 24)));
            }
            at = (nameAt + nameLength + 3) / 4 * 4;
        }
        return files;
    }

    /** OSTA UDF 2.1.1: the first byte says whether a character has 8 bits or 16. */
    private static String name(byte[] bytes) {
        return bytes.length == 0
                ? ""
                : new String(
                        bytes,
                        1,
                        bytes.length - 1,
                        bytes[0] == 16 ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
    }

    /** ECMA-167 4/14.9 and 4/14.17: the two forms differ in where the lengths are. */
    private DiscFile file(String name, long at) {
        Structure entry = medium.read("The UDF file entry of " + name, at, SECTOR);
        boolean extended = entry.unsigned16(0) == TAG_EXTENDED_FILE_ENTRY;
        requireTag(entry, extended ? TAG_EXTENDED_FILE_ENTRY : TAG_FILE_ENTRY);
        long size = entry.positive64(56);
        int lengths = extended ? 208 : 168;
        long allocation = lengths + 8 + entry.unsigned32(lengths);
        long allocationLength = entry.unsigned32(lengths + 4);
        if (allocation + allocationLength > SECTOR) {
            throw entry.damaged("its allocation descriptors leave its block");
        }
        boolean directory = entry.unsigned8(16 + 11) == TYPE_DIRECTORY;
        int form = entry.unsigned16(16 + 18) & 7;
        List<Extent> extents = form == 3
                ? List.of(new Extent(medium, at + allocation, allocationLength))
                : extents(entry, form, (int) allocation, (int) allocationLength);
        return new DiscFile(name, directory, size, extents);
    }

    /** ECMA-167 4/14.14: short descriptors stay in the first partition, long ones name it. */
    private List<Extent> extents(Structure entry, int form, int start, int length) {
        if (form > 1) {
            throw entry.damaged("its allocation descriptors are of an unknown form");
        }
        int each = form == 0 ? 8 : 16;
        List<Extent> extents = new ArrayList<>();
        for (int at = start; at + each <= start + length; at += each) {
            long word = entry.unsigned32(at);
            long bytes = word & 0x3fff_ffff;
            if (bytes == 0) {
                break;
            }
            if (word >>> 30 != 0) {
                throw entry.damaged("its extents go on elsewhere, which mastered discs do not do");
            }
            long from = form == 0 ? address(entry.unsigned32(at + 4), 0) : address(entry, at + 4);
            extents.add(new Extent(medium, from, bytes));
        }
        return extents;
    }
}
