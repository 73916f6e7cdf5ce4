package org.sanboot.windows;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.LogReplay;
import org.sanboot.windows.structure.Medium;

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

    private static final List<String> LOGS = List.of(".LOG1", ".LOG2", ".LOG");

    static Optional<InstalledHives> find(int partition, NtfsVolume volume, String directory) {
        return volume.find(List.of(directory, "System32", "config", "SYSTEM"))
                .map(system -> new InstalledHives(
                        partition,
                        "\\" + directory,
                        volume,
                        readable(partition, system),
                        volume.find(List.of(directory, "System32", "config", "SOFTWARE"))));
    }

    /** Reads the transaction logs beside a hive of these; Windows before Vista has the last one only. */
    LogReplay logs(NtfsFile hive) {
        return LogReplay.of(
                hive.path(),
                hive,
                () -> LOGS.stream()
                        .flatMap(suffix -> volume.find(pathOf(hive, suffix)).stream()
                                .map(file -> new LogReplay.Log(
                                        hive.path().substring(hive.path().lastIndexOf('\\') + 1) + suffix,
                                        readable(partition, file))))
                        .toList());
    }

    /** Returns as much of the SYSTEM hive's file as can be overwritten; the hive can grow as far as it goes. */
    Medium systemInPlace() {
        long room = system.sizeInPlace();
        return room == 0 ? system : system.part(system.path(), 0, room);
    }

    private static List<String> pathOf(NtfsFile hive, String suffix) {
        return Arrays.stream((hive.path() + suffix).split("\\\\"))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** Says why the SYSTEM hive must not be changed as it is, and what its logs are good for. */
    Optional<String> pendingLogs() {
        LogReplay logs = logs(system);
        String state = Hive.open(system.path(), system).state() == Hive.State.BAD_CHECKSUM
                ? "a wrong checksum, so it was not closed properly"
                : "newer contents in its transaction logs";
        String begin = "%s in partition %d has %s; %s"
                .formatted(system.path(), partition, state, InstallationReader.SHUT_DOWN);
        return switch (logs.outcome()) {
            case NOT_NEEDED -> Optional.empty();
            case WHOLE ->
                Optional.of("%s, or prepare it with the switch %s. Here it was read with its logs: %s.%s"
                        .formatted(begin, PreparationSwitch.REPLAY_LOGS.id(), logs.applied(), remarks(logs)));
            case USELESS ->
                Optional.of("%s.%s"
                        .formatted(
                                begin,
                                logs.remarks().isEmpty()
                                        ? " There are no such logs beside it."
                                        : " Its logs are of no use:" + remarks(logs)));
        };
    }

    private static String remarks(LogReplay logs) {
        return logs.remarks().isEmpty() ? "" : " " + logs.remarks();
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
