package org.sanboot.windows.setup.disc;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Layer;
import org.sanboot.windows.structure.Medium;

/** A disc image in a file. Names are compared without regard to case, as Windows does. */
public final class Disc implements AutoCloseable {

    private final Layer file;
    private final Volume volume;

    private Disc(Layer file, Volume volume) {
        this.file = file;
        this.volume = volume;
    }

    /**
     * Opens a disc image to read it.
     *
     * @param image UDF where there is one, else ISO 9660
     * @return the disc, to be closed
     * @throws ConfigurationException when there is no such file or it is no disc image
     * @throws org.sanboot.InfrastructureException when its structures are damaged
     */
    public static Disc open(Path image) {
        if (!Files.isReadable(image) || !Files.isRegularFile(image)) {
            throw new ConfigurationException("The disc image " + image + " is not there or cannot be read.");
        }
        Layer file = Layer.open(image, DiskFormat.RAW);
        try {
            Medium medium = Medium.of(file);
            Volume volume = UdfVolume.open(medium)
                    .or(() -> Iso9660Volume.open(medium))
                    .orElseThrow(() -> new ConfigurationException(
                            image + " is no disc image: it has neither a UDF nor an ISO 9660 file system."));
            return new Disc(file, volume);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /**
     * Looks a file or a directory up.
     *
     * @param path names with {@code /} between; empty for the root
     * @return the file, or nothing
     */
    public Optional<DiscFile> find(String path) {
        DiscFile found = volume.root();
        for (String name : path.isEmpty() ? new String[0] : path.split("/")) {
            if (!found.directory()) {
                return Optional.empty();
            }
            Optional<DiscFile> next = volume.list(found).stream()
                    .filter(file -> file.name().equalsIgnoreCase(name))
                    .findFirst();
            if (next.isEmpty()) {
                return next;
            }
            found = next.get();
        }
        return Optional.of(found);
    }

    /**
     * Lists what is in a directory.
     *
     * @param directory of this disc
     * @return files and directories
     */
    public List<DiscFile> list(DiscFile directory) {
        return volume.list(directory);
    }

    @Override
    public void close() {
        file.close();
    }
}
