package org.sanboot.windows;

import java.util.List;
import java.util.Optional;

/**
 * A Windows on a disk, as its files and its current control set describe it.
 *
 * @param partition the partition's number, 0 for a disk without partitions
 * @param directory such as {@code \Windows}
 * @param version which Windows it is
 * @param controlSets all of them
 * @param currentControlSet the one that the loader boots, which {@code Select\Default} names
 * @param selection what {@code Select} says, for people
 * @param networkCards the Ethernet cards that were ever set up
 * @param iscsiPort the driver of the iSCSI disk
 * @param qosScheduler the driver of the QoS filter
 * @param settings what else matters
 * @param obstacles why the disk must not be changed as it is, each a sentence that says what to do
 * @param pendingWork what Windows will do at its next start before it is ready
 * @param doubts what could not be read, and was guessed
 * @param examined what was looked at that is the same for every machine
 */
public record WindowsInstallation(
        int partition,
        String directory,
        WindowsVersion version,
        List<String> controlSets,
        String currentControlSet,
        String selection,
        List<NetworkCard> networkCards,
        Optional<DriverService> iscsiPort,
        Optional<DriverService> qosScheduler,
        Settings settings,
        List<String> obstacles,
        List<String> pendingWork,
        List<Doubt> doubts,
        List<Examination> examined) {

    /** Makes the lists immutable. */
    public WindowsInstallation {
        controlSets = List.copyOf(controlSets);
        networkCards = List.copyOf(networkCards);
        obstacles = List.copyOf(obstacles);
        pendingWork = List.copyOf(pendingWork);
        doubts = List.copyOf(doubts);
        examined = List.copyOf(examined);
    }

    /**
     * Something that could not be read.
     *
     * @param place where it stands
     * @param explanation what is wrong with it, one sentence
     * @param consequence what was done instead, one sentence
     */
    public record Doubt(String place, String explanation, String consequence) {}

    /**
     * Settings of the whole system.
     *
     * @param sectorSize bytes of a sector on its volume
     * @param clusterSize bytes of a cluster on its volume
     * @param fileSystemDirty whether Windows has marked the volume for {@code chkdsk}
     * @param hiveClean whether the SYSTEM hive holds all that was written
     * @param hibernated whether a hibernated session is on the disk
     * @param fastStartup whether shutting down hibernates
     * @param pageFiles where it pages to
     * @param restartsOnBugcheck whether a blue screen goes away by itself
     * @param memoryIntegrity whether memory integrity (HVCI) is on, which keeps some drivers out
     */
    public record Settings(
            int sectorSize,
            int clusterSize,
            boolean fileSystemDirty,
            boolean hiveClean,
            boolean hibernated,
            boolean fastStartup,
            List<String> pageFiles,
            boolean restartsOnBugcheck,
            boolean memoryIntegrity) {

        /** Makes the list immutable. */
        public Settings {
            pageFiles = List.copyOf(pageFiles);
        }
    }
}
