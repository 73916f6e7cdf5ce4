package org.sanboot.evidence.inspection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * A disk opened to be looked into.
 *
 * <p>A guest that failed did not unmount: what it wrote last may be in its journal only. So the disk is seen through a
 * throw-away overlay, in which an ext journal is replayed; the disk itself is opened for reading only.
 *
 * <p>The thread that opens a disk must live until it is closed: the kernel ends the helper process with it, so that
 * nothing is left mounted when the JVM is killed. Not thread-safe.
 */
public final class DiskInspection implements AutoCloseable {

    private static final Logger LOG = Logging.logger(DiskInspection.class);

    private final Path directory;
    private final List<Volume> volumes = new ArrayList<>();
    private final List<PartitionView> views = new ArrayList<>();

    private DiskInspection(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens a disk.
     *
     * @param disk a layer of a kept disk
     * @param scratch an existing directory for small files, or for sparse copies of partitions where FUSE is missing
     * @return to be closed
     * @throws ConfigurationException when a program is missing, with the package to install
     * @throws InfrastructureException when the disk cannot be read
     */
    public static DiskInspection open(DiskChain.Layer disk, Path scratch) {
        return open(disk, scratch, Tools.PATIENT, PartitionView.mayUseFuse());
    }

    /**
     * Opens a disk for somebody who has not much time.
     *
     * @param disk a layer of a kept disk
     * @param scratch as above
     * @param deadline when everything must be done that is asked of the disk; what comes later fails
     * @return to be closed
     * @throws ConfigurationException when a program is missing, with the package to install
     * @throws InfrastructureException when the disk cannot be read, or not by then
     */
    public static DiskInspection open(DiskChain.Layer disk, Path scratch, Instant deadline) {
        return open(disk, scratch, Tools.until(deadline), PartitionView.mayUseFuse());
    }

    static DiskInspection open(DiskChain.Layer disk, Path scratch, Tools tools, boolean mayUseFuse) {
        try {
            DiskInspection inspection = new DiskInspection(Files.createTempDirectory(scratch, "inspection"));
            try {
                inspection.open(disk, tools, mayUseFuse);
                return inspection;
            } catch (RuntimeException | IOException e) {
                inspection.close();
                throw e;
            }
        } catch (IOException e) {
            throw new InfrastructureException("The disk %s cannot be looked into: %s".formatted(disk.file(), e), e);
        }
    }

    /**
     * Returns the volumes.
     *
     * @return in the order of the partition table
     */
    public List<Volume> volumes() {
        return List.copyOf(volumes);
    }

    /**
     * Returns one volume.
     *
     * @param number of the partition; nothing for the one that a person most likely means: the largest readable one
     * @return the volume
     * @throws ConfigurationException when there is none
     */
    public Volume volume(Optional<Integer> number) {
        if (number.isPresent()) {
            return volumes.stream()
                    .filter(volume -> volume.number() == number.get())
                    .findFirst()
                    .orElseThrow(() -> new ConfigurationException(
                            "There is no partition %d; there is %s.".formatted(number.get(), volumes)));
        }
        return volumes.stream()
                .filter(Volume::isReadable)
                .max(Comparator.comparingLong(Volume::bytes))
                .orElseThrow(() -> new ConfigurationException(
                        "No file system on this disk can be read here (%s); guestfish may know it: guestfish --ro -i -a DISK"
                                .formatted(volumes)));
    }

    private void open(DiskChain.Layer disk, Tools tools, boolean mayUseFuse) throws IOException {
        for (Partition partition : Partition.of(disk, directory, tools)) {
            String type = partition.fileSystem(disk, directory, tools);
            volumes.add(new Volume(partition, type, tools, () -> {
                PartitionView view = PartitionView.open(disk, partition, directory, tools, mayUseFuse);
                views.add(view);
                if (type.startsWith("ext")) {
                    replayJournal(view.file(), tools);
                }
                return view.file();
            }));
        }
    }

    /** A guest that was switched off has its last metadata in the journal; what cannot be replayed is read as it is. */
    private static void replayJournal(Path volume, Tools tools) {
        Tools.Result result = tools.run("e2fsck", "-E", "journal_only", "-p", volume.toString());
        if (result.status() > 2) {
            LOG.warn("The journal could not be replayed, the newest changes may be missing: {}", result.lastError());
        }
    }

    /** Unmounts and removes everything that the inspection made. Closing again does nothing. */
    @Override
    public void close() {
        views.forEach(PartitionView::close);
        views.clear();
        try (var files = Files.exists(directory) ? Files.list(directory) : Stream.<Path>empty()) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.warn("What an inspection made is left in {}: {}", directory, e.toString());
        }
    }
}
