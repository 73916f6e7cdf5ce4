package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockDevice;
import org.sanboot.windows.Partitions.Partition;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.structure.Medium;

/** A disk with at least one Windows on it, looked at from outside; of one thread. */
public final class WindowsDisk {

    private static final int HIBERNATION_SIGNATURE = 4;

    private final BlockDevice device;
    private final List<InstalledHives> hives;
    private final List<WindowsInstallation> installations;
    private final List<Integer> bitLockerPartitions;
    private final List<String> unread;

    private WindowsDisk(
            BlockDevice device,
            List<InstalledHives> hives,
            List<WindowsInstallation> installations,
            List<Integer> bitLockerPartitions,
            List<String> unread) {
        this.device = device;
        this.hives = List.copyOf(hives);
        this.installations = List.copyOf(installations);
        this.bitLockerPartitions = List.copyOf(bitLockerPartitions);
        this.unread = List.copyOf(unread);
    }

    /**
     * Reads what is installed on a disk.
     *
     * @param device is only read, and stays the caller's to close
     * @return every installation on it that can be read
     * @throws ConfigurationException when there is none, or none that can be read as it is
     * @throws InfrastructureException when there is none without damage
     */
    public static WindowsDisk open(BlockDevice device) {
        Medium disk = Medium.of(device);
        List<Integer> encrypted = new ArrayList<>();
        List<InstalledHives> found = new ArrayList<>();
        List<SanbootException> failures = new ArrayList<>();
        AtomicBoolean hibernated = new AtomicBoolean();
        BootFiles bootFiles = new BootFiles();
        for (Partition partition : partitions(disk)) {
            Medium medium = partition.on(disk);
            switch (NtfsVolume.kind(medium)) {
                case BITLOCKER -> encrypted.add(partition.number());
                case NTFS ->
                    attempt(partition.number(), failures, () -> {
                        NtfsVolume volume = NtfsVolume.open(medium);
                        hibernated.compareAndSet(false, isHibernated(volume));
                        bootFiles.add(partition.number(), volume);
                        InstalledHives.DIRECTORIES.forEach(directory -> attempt(
                                partition.number(),
                                failures,
                                () -> InstalledHives.find(partition.number(), volume, directory)
                                        .ifPresent(found::add)));
                    });
                case REFS -> failures.add(refs(partition.number()));
                case OTHER -> bootFiles.add(partition.number(), medium);
            }
        }
        List<InstalledHives> hives = new ArrayList<>();
        List<WindowsInstallation> installations = new ArrayList<>();
        found.forEach(each -> attempt(each.partition(), failures, () -> {
            installations.add(InstallationReader.read(each, hibernated.get(), bootFiles));
            hives.add(each);
        }));
        if (hives.isEmpty()) {
            throw failures.isEmpty() ? nothingFound(disk, encrypted, bootFiles) : together(failures);
        }
        return new WindowsDisk(
                device,
                hives,
                installations,
                encrypted,
                failures.stream().map(Throwable::getMessage).toList());
    }

    /** One damaged partition must not keep people from what is beside it. */
    private static void attempt(int partition, List<SanbootException> failures, Runnable reading) {
        try {
            reading.run();
        } catch (ConfigurationException e) {
            failures.add(e);
        } catch (SanbootException e) {
            failures.add(new InfrastructureException(
                    "Partition %d cannot be read: %s".formatted(partition, e.getMessage()), e));
        }
    }

    private static SanbootException together(List<SanbootException> failures) {
        String message = failures.stream().map(Throwable::getMessage).collect(Collectors.joining(" "));
        return failures.get(0) instanceof ConfigurationException
                ? new ConfigurationException(message, failures.get(0))
                : new InfrastructureException(message, failures.get(0));
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

    private static ConfigurationException refs(int partition) {
        return new ConfigurationException(
                "Partition %d is a ReFS volume, which is not read here; a Windows on it cannot be checked or prepared, and has to be installed on NTFS."
                        .formatted(partition));
    }

    private static ConfigurationException nothingFound(Medium disk, List<Integer> encrypted, BootFiles bootFiles) {
        Optional<String> container = VirtualDiskFile.kind(disk);
        if (container.isPresent()) {
            return new ConfigurationException(
                    "This file is a virtual disk of format %s, not the disk itself; convert it with \"qemu-img convert -O qcow2\", or import it, and try again."
                            .formatted(container.get()));
        }
        if (bootFiles.virtualDisk().isPresent()) {
            return new ConfigurationException(
                    "The Windows of this disk is in the virtual disk file %s (native boot), which Windows does not boot from over iSCSI; convert that file with \"qemu-img convert -O qcow2\" and import it as an image of its own."
                            .formatted(bootFiles.virtualDisk().get()));
        }
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

    /**
     * Returns what could not be read beside the installations that could.
     *
     * @return a sentence for each, which names the partition
     */
    public List<String> unread() {
        return unread;
    }

    BlockDevice device() {
        return device;
    }

    List<InstalledHives> hives() {
        return hives;
    }
}
