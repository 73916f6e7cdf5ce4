package org.sanboot.windows;

import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;

/**
 * Where an installation keeps its registry.
 *
 * @param partition the partition's number
 * @param directory such as {@code \Windows}
 * @param volume the volume they are on
 * @param system the SYSTEM hive
 * @param software the SOFTWARE hive, which says which Windows it is
 */
record InstalledHives(
        int partition, String directory, NtfsVolume volume, NtfsFile system, Optional<NtfsFile> software) {

    /** Windows since XP, and before; one volume may have both. */
    static final List<String> DIRECTORIES = List.of("Windows", "WINNT");

    static Optional<InstalledHives> find(int partition, NtfsVolume volume, String directory) {
        return volume.find(List.of(directory, "System32", "config", "SYSTEM"))
                .map(system -> new InstalledHives(
                        partition,
                        "\\" + directory,
                        volume,
                        readable(partition, system),
                        volume.find(List.of(directory, "System32", "config", "SOFTWARE"))));
    }

    private static NtfsFile readable(int partition, NtfsFile file) {
        if (file.isCompressed() || file.isReparsePoint()) {
            throw new ConfigurationException(
                    "%s in partition %d is compressed; run \"compact /u /exe\" and \"compact /u\" on it from Windows' recovery console, and shut down."
                            .formatted(file.path(), partition));
        }
        if (file.isEncrypted()) {
            throw new ConfigurationException(
                    "%s in partition %d is encrypted; run \"cipher /d\" on it from Windows' recovery console, and shut down."
                            .formatted(file.path(), partition));
        }
        return file;
    }
}
