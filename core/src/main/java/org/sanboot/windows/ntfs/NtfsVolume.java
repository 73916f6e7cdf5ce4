package org.sanboot.windows.ntfs;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** An NTFS volume; of one thread. */
public final class NtfsVolume {

    private static final long LOG_RECORD = 2;
    private static final long VOLUME_RECORD = 3;
    private static final long ROOT_RECORD = 5;
    private static final int DIRTY = 1;

    /** What a partition begins with. */
    public enum Kind {
        /** A plain NTFS volume. */
        NTFS,
        /** A volume that BitLocker has encrypted, whatever its key's protection. */
        BITLOCKER,
        /** A volume of Windows' other file system, which is not read here. */
        REFS,
        /** Anything else. */
        OTHER
    }

    private final Geometry geometry;
    private final MasterFileTable table;

    private NtfsVolume(Geometry geometry, MasterFileTable table) {
        this.geometry = geometry;
        this.table = table;
    }

    /**
     * Looks at a partition's first sector.
     *
     * @param partition of any size
     * @return by its signature only
     */
    public static Kind kind(Medium partition) {
        if (partition.size() < Geometry.BOOT_SECTOR_SIZE) {
            return Kind.OTHER;
        }
        Structure boot = partition.read("The boot sector", 0, Geometry.BOOT_SECTOR_SIZE);
        if (boot.has(3, "NTFS    ")) {
            return Kind.NTFS;
        }
        if (boot.has(3, "ReFS\0")) {
            return Kind.REFS;
        }
        return boot.has(3, "-FVE-FS-") ? Kind.BITLOCKER : Kind.OTHER;
    }

    /**
     * Opens a volume.
     *
     * @param partition of kind {@link Kind#NTFS}
     * @return the volume
     * @throws org.sanboot.InfrastructureException when its structures cannot be right
     */
    public static NtfsVolume open(Medium partition) {
        Structure boot = partition.read("The NTFS boot sector", 0, Geometry.BOOT_SECTOR_SIZE);
        Geometry geometry = Geometry.parse(boot, partition);
        return new NtfsVolume(geometry, new MasterFileTable(partition, geometry));
    }

    /**
     * Returns the size of a sector, as the volume was formatted for.
     *
     * @return bytes
     */
    public int sectorSize() {
        return geometry.sectorSize();
    }

    /**
     * Returns the size of a cluster.
     *
     * @return bytes
     */
    public int clusterSize() {
        return geometry.clusterSize();
    }

    int piecesOfTheTable() {
        return table.pieces();
    }

    /**
     * Tells whether Windows has marked the volume for {@code chkdsk}.
     *
     * @return flag 0x0001 of {@code $VOLUME_INFORMATION}
     */
    public boolean isDirty() {
        Structure information = table.record(VOLUME_RECORD)
                .attribute(Attribute.VOLUME_INFORMATION, "")
                .orElseThrow(() -> Structure.damaged("The NTFS volume", "it says nothing about itself"))
                .value();
        return (information.unsigned16(10) & DIRTY) != 0;
    }

    /**
     * Tells whether the volume was dismounted, which its flags do not say.
     *
     * @return what the restart pages of {@code $LogFile} say; {@link LogState#UNREADABLE} also when the file itself
     *     cannot be read
     */
    public LogState logState() {
        try {
            return table.stream("The file $LogFile", table.record(LOG_RECORD), Attribute.DATA, "")
                    .map(LogFile::state)
                    .orElse(LogState.UNREADABLE);
        } catch (InfrastructureException e) {
            return LogState.UNREADABLE;
        }
    }

    /**
     * Looks for a file.
     *
     * @param path the names from the root on, in any case
     * @return the file, or nothing when a name is not there or is not what it should be
     * @throws org.sanboot.InfrastructureException when structures on the way cannot be right
     */
    public Optional<NtfsFile> find(List<String> path) {
        FileRecord record = table.record(ROOT_RECORD);
        String name = "";
        for (String step : path) {
            if (!record.directory()) {
                return Optional.empty();
            }
            OptionalLong next = new DirectoryIndex(name.isEmpty() ? "\\" : name, table, record, geometry).find(step);
            if (next.isEmpty()) {
                return Optional.empty();
            }
            record = table.record(next.getAsLong());
            name += "\\" + step;
        }
        return record.directory() ? Optional.empty() : Optional.of(file(name, record));
    }

    private NtfsFile file(String path, FileRecord record) {
        Stream data = table.stream("The file " + path, record, Attribute.DATA, "")
                .orElseThrow(() -> Structure.damaged("The file " + path, "it has no data"));
        boolean reparsePoint =
                table.stream(path, record, Attribute.REPARSE_POINT, "").isPresent();
        return new NtfsFile(path, data, reparsePoint);
    }
}
