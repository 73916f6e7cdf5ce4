package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.windows.Partitions.Partition;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.structure.Medium;

/** A disk with at least one Windows on it, looked at from outside; of one thread. */
public final class WindowsDisk {

    /** Windows since XP, and before. */
    private static final List<String> DIRECTORIES = List.of("Windows", "WINNT");

    private static final int HIBERNATION_SIGNATURE = 4;

    private final BlockDevice device;
    private final List<InstalledHives> hives;
    private final List<WindowsInstallation> installations;
    private final List<Integer> bitLockerPartitions;

    private WindowsDisk(
            BlockDevice device,
            List<InstalledHives> hives,
            List<WindowsInstallation> installations,
            List<Integer> bitLockerPartitions) {
        this.device = device;
        this.hives = List.copyOf(hives);
        this.installations = List.copyOf(installations);
        this.bitLockerPartitions = List.copyOf(bitLockerPartitions);
    }

    /**
     * Reads what is installed on a disk.
     *
     * @param device is only read, and stays the caller's to close
     * @return every installation on it
     * @throws ConfigurationException when there is none that can be read
     * @throws org.sanboot.InfrastructureException when its structures are damaged
     */
    public static WindowsDisk open(BlockDevice device) {
        Medium disk = Medium.of(device);
        List<Integer> encrypted = new ArrayList<>();
        List<InstalledHives> hives = new ArrayList<>();
        boolean hibernated = false;
        for (Partition partition : partitions(disk)) {
            Medium medium = partition.on(disk);
            switch (NtfsVolume.kind(medium)) {
                case BITLOCKER -> encrypted.add(partition.number());
                case NTFS -> {
                    NtfsVolume volume = NtfsVolume.open(medium);
                    hibernated |= isHibernated(volume);
                    InstalledHives.find(partition.number(), volume, DIRECTORIES).ifPresent(hives::add);
                }
                case OTHER -> {}
            }
        }
        if (hives.isEmpty()) {
            throw nothingFound(encrypted);
        }
        boolean resumes = hibernated;
        return new WindowsDisk(
                device,
                hives,
                hives.stream()
                        .map(found -> InstallationReader.read(found, resumes))
                        .toList(),
                encrypted);
    }

    private static List<Partition> partitions(Medium disk) {
        return NtfsVolume.kind(disk) == NtfsVolume.Kind.OTHER
                ? Partitions.of(disk)
                : List.of(new Partition(0, 0, disk.size()));
    }

    /** The file is there on most disks; only its signature tells that a session sleeps in it. */
    private static boolean isHibernated(NtfsVolume volume) {
        Optional<NtfsFile> file = volume.find(List.of("hiberfil.sys"));
        return file.isPresent()
                && file.get().size() >= HIBERNATION_SIGNATURE
                && file.get()
                        .read("hiberfil.sys", 0, HIBERNATION_SIGNATURE)
                        .latin1(0, HIBERNATION_SIGNATURE)
                        .equalsIgnoreCase("hibr");
    }

    private static ConfigurationException nothingFound(List<Integer> encrypted) {
        return new ConfigurationException(
                encrypted.isEmpty()
                        ? "There is no Windows on this disk: no NTFS volume with \\Windows\\System32\\config\\SYSTEM."
                        : "Partition %s is encrypted by BitLocker and cannot be read; run \"manage-bde -off C:\" in that Windows, wait until it has finished, and shut it down."
                                .formatted(encrypted.get(0)));
    }

    /**
     * Returns what is installed.
     *
     * @return in the order of the partitions, at least one
     */
    public List<WindowsInstallation> installations() {
        return installations;
    }

    /**
     * Returns which partitions are encrypted by BitLocker.
     *
     * @return their numbers
     */
    public List<Integer> bitLockerPartitions() {
        return bitLockerPartitions;
    }

    BlockDevice device() {
        return device;
    }

    List<InstalledHives> hives() {
        return hives;
    }
}
