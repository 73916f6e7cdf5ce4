package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * Looks for files on a FAT volume of any width, such as the one that UEFI boots from (Microsoft, "FAT: General Overview of
 * On-Disk Format"). Whatever the volume holds, looking ends: a directory has its bound, and no chain goes round.
 */
final class FatVolume {

    private static final String NAME = "The FAT volume";
    private static final int BOOT_SECTOR = 512;
    private static final int ENTRY = 32;
    private static final int LONG_NAME = 0x0f;
    private static final int DIRECTORY = 0x10;
    private static final int LABEL = 0x08;
    private static final int DELETED = 0xe5;
    /** In bytes, which is what FAT itself allows. */
    private static final int LARGEST_DIRECTORY = 2 << 20;

    private final Medium medium;
    private final int sectorSize;
    private final int clusterSize;
    private final long table;
    private final long root;
    private final int rootSize;
    private final long data;
    private final long clusters;
    private final long rootCluster;

    private FatVolume(Medium medium, Structure boot) {
        this.medium = medium;
        this.sectorSize = boot.unsigned16(0x0b);
        this.clusterSize = sectorSize * boot.unsigned8(0x0d);
        if (Integer.bitCount(sectorSize) != 1 || sectorSize < BOOT_SECTOR || Integer.bitCount(clusterSize) != 1) {
            throw boot.damaged("its sectors have %d bytes, its clusters %d".formatted(sectorSize, clusterSize));
        }
        long tableSize = boot.unsigned16(0x16) != 0 ? boot.unsigned16(0x16) : boot.unsigned32(0x24);
        long sectors = boot.unsigned16(0x13) != 0 ? boot.unsigned16(0x13) : boot.unsigned32(0x20);
        this.table = (long) boot.unsigned16(0x0e) * sectorSize;
        this.root = table + boot.unsigned8(0x10) * tableSize * sectorSize;
        this.rootSize = boot.unsigned16(0x11) * ENTRY;
        this.data = root + (rootSize + sectorSize - 1L) / sectorSize * sectorSize;
        this.clusters = (sectors * sectorSize - data) / clusterSize;
        this.rootCluster = boot.unsigned32(0x2c);
    }

    /** Tells whether a partition begins as such a volume does. */
    static boolean isOne(Medium medium) {
        if (medium.size() < BOOT_SECTOR) {
            return false;
        }
        Structure boot = medium.read(NAME, 0, BOOT_SECTOR);
        return boot.has(0x52, "FAT32") || boot.has(0x36, "FAT1");
    }

    static FatVolume open(Medium medium) {
        return new FatVolume(medium, medium.read(NAME, 0, BOOT_SECTOR));
    }

    /**
     * Looks for a file.
     *
     * @param path the names from the root on, in any case
     * @return its size in bytes, or nothing
     */
    Optional<Long> size(List<String> path) {
        List<Entry> entries = entries(rootDirectory());
        for (int step = 0; step < path.size(); step++) {
            String name = path.get(step);
            Optional<Entry> found = entries.stream()
                    .filter(entry -> entry.name().equalsIgnoreCase(name)
                            || entry.shortName().equalsIgnoreCase(name))
                    .findFirst();
            boolean last = step == path.size() - 1;
            if (found.isEmpty() || found.get().directory() == last) {
                return Optional.empty();
            }
            if (last) {
                return Optional.of(found.get().size());
            }
            entries = entries(chain(found.get().cluster()));
        }
        return Optional.empty();
    }

    private Structure rootDirectory() {
        return rootSize == 0 ? chain(rootCluster) : medium.read(NAME + "'s root", root, rootSize);
    }

    private Structure chain(long first) {
        int most = Math.max(1, LARGEST_DIRECTORY / clusterSize);
        List<Structure> pieces = new ArrayList<>();
        for (long cluster = first; cluster >= 2 && cluster < clusters + 2; cluster = next(cluster)) {
            if (pieces.size() == most) {
                throw Structure.damaged(NAME, "a directory is too large or goes round in a circle");
            }
            pieces.add(medium.read(NAME, data + (cluster - 2) * clusterSize, clusterSize));
        }
        byte[] bytes = new byte[pieces.size() * clusterSize];
        for (int i = 0; i < pieces.size(); i++) {
            System.arraycopy(pieces.get(i).bytes(0, clusterSize), 0, bytes, i * clusterSize, clusterSize);
        }
        return new Structure(NAME, bytes);
    }

    /** The table's entries have 12, 16 or 32 bits, by the number of clusters alone; an end is beyond all clusters. */
    private long next(long cluster) {
        if (clusters < 4085) {
            int pair = medium.read(NAME, table + cluster + cluster / 2, 2).unsigned16(0);
            return cluster % 2 == 0 ? pair & 0xfff : pair >>> 4;
        }
        return clusters < 65525
                ? medium.read(NAME, table + 2 * cluster, 2).unsigned16(0)
                : medium.read(NAME, table + 4 * cluster, 4).unsigned32(0) & 0x0fff_ffff;
    }

    private record Entry(String name, String shortName, boolean directory, long cluster, long size) {}

    private static List<Entry> entries(Structure directory) {
        List<Entry> entries = new ArrayList<>();
        StringBuilder longName = new StringBuilder();
        for (int at = 0; at + ENTRY <= directory.length() && directory.unsigned8(at) != 0; at += ENTRY) {
            int attributes = directory.unsigned8(at + 0x0b);
            if (directory.unsigned8(at) == DELETED) {
                longName.setLength(0);
            } else if ((attributes & 0x3f) == LONG_NAME) { // Its pieces stand before it, the last one first.
                longName.insert(
                        0, directory.utf16(at + 1, 10) + directory.utf16(at + 14, 12) + directory.utf16(at + 28, 4));
            } else {
                if ((attributes & LABEL) == 0) {
                    entries.add(entry(directory, at, longName.toString(), (attributes & DIRECTORY) != 0));
                }
                longName.setLength(0);
            }
        }
        return entries;
    }

    private static Entry entry(Structure directory, int at, String longName, boolean isDirectory) {
        int end = longName.indexOf('\0');
        String stem = directory.latin1(at, 8).strip();
        String suffix = directory.latin1(at + 8, 3).strip();
        String shortName = (suffix.isEmpty() ? stem : stem + "." + suffix).toUpperCase(Locale.ROOT);
        long cluster = (long) directory.unsigned16(at + 0x14) << 16 | directory.unsigned16(at + 0x1a);
        return new Entry(
                end < 0 ? longName : longName.substring(0, end),
                shortName,
                isDirectory,
                cluster,
                directory.unsigned32(at + 0x1c));
    }
}
