package org.sanboot.image;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BackingName;

/** Finds images; whoever calls this reads or changes the {@link CatalogueDirectory}. */
final class Lookup {

    private final CatalogueDirectory directory;
    private final Versions versions;

    Lookup(CatalogueDirectory directory, Versions versions) {
        this.directory = directory;
        this.versions = versions;
    }

    /** Returns the names of all images, each version by itself. */
    List<String> images() {
        return directory.entries().stream()
                .filter(entry -> !Files.isSymbolicLink(entry))
                .filter(entry -> Files.exists(entry.resolve(Descriptor.FILE)))
                .map(entry -> entry.getFileName().toString())
                .toList();
    }

    /** Returns those images whose descriptor can be read; one that is damaged hides no other. */
    List<GoldenImage> readable() {
        return images().stream().flatMap(name -> readable(name).stream()).toList();
    }

    private Optional<GoldenImage> readable(String name) {
        try {
            return Optional.of(Descriptor.read(directory.of(name)));
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }

    /** Returns what is wrong with each image whose descriptor is damaged or missing, and what to do. */
    SortedMap<String, String> damaged() {
        SortedMap<String, String> damaged = new TreeMap<>();
        for (Path entry : directory.entries()) {
            if (!Files.isSymbolicLink(entry)
                    && (Files.exists(entry.resolve(Descriptor.FILE)) || Files.exists(entry.resolve(ImageHold.LOCK)))) {
                try {
                    Descriptor.read(entry);
                } catch (ConfigurationException e) {
                    damaged.put(entry.getFileName().toString(), String.valueOf(e.getMessage()));
                }
            }
        }
        return damaged;
    }

    SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(images());
        names.addAll(versions.names().keySet());
        return names;
    }

    /** Returns the image of a name, whose disk is there. */
    GoldenImage find(String name) {
        GoldenImage.checkName(name);
        Path image = directory.of(versions.resolve(name));
        if (!Files.exists(image.resolve(Descriptor.FILE))) {
            if (versions.isName(name)) {
                throw new ConfigurationException(
                        "The name %1$s means image %2$s, which is not there; build it again, or remove the name: sanboot image remove %1$s"
                                .formatted(name, image.getFileName()));
            }
            if (Files.exists(image.resolve(ImageHold.LOCK))) {
                Descriptor.read(image);
            }
            SortedSet<String> known = names();
            throw new ConfigurationException(
                    "There is no image \"%s\" in %s; %s. Import it: sanboot image import DISK --name %s"
                            .formatted(
                                    name,
                                    directory.images(),
                                    known.isEmpty() ? "it has none" : "known: " + String.join(", ", known),
                                    name));
        }
        GoldenImage found = Descriptor.read(image);
        checkDisk(found);
        return found;
    }

    private static void checkDisk(GoldenImage image) {
        for (Path layer : image.layers()) {
            try {
                long size = Files.size(layer);
                if (layer.equals(image.layers().get(0)) && size != image.size()) {
                    throw new ConfigurationException(
                            "Image %s was changed: its disk %s has %d bytes, not %d; remove it and import it again."
                                    .formatted(image.name(), layer, size, image.size()));
                }
            } catch (IOException e) {
                throw new ConfigurationException(
                        "Image %s has lost its disk %s; remove it and import it again.".formatted(image.name(), layer),
                        e);
            }
        }
    }

    /** Returns the images that are versions of one. */
    List<String> children(String image) {
        return directory.entries().stream()
                .filter(entry -> !Files.isSymbolicLink(entry) && Files.isDirectory(entry))
                .filter(entry -> parent(entry).filter(image::equals).isPresent())
                .map(entry -> entry.getFileName().toString())
                .toList();
    }

    /** What a damaged descriptor does not tell is asked of the disk itself, which would be lost with its parent. */
    private Optional<String> parent(Path image) {
        try {
            return Descriptor.read(image).parent();
        } catch (ConfigurationException e) {
            return parentByDisk(image);
        }
    }

    private static Optional<String> parentByDisk(Path image) {
        try (DirectoryStream<Path> disks = Files.newDirectoryStream(image, "*.qcow2")) {
            for (Path disk : disks) {
                Optional<String> below = BackingName.of(disk);
                if (below.isPresent()) {
                    return Optional.ofNullable(Path.of(below.get()).getParent())
                            .map(parent -> parent.getFileName().toString());
                }
            }
        } catch (IOException | ConfigurationException | InvalidPathException e) {
            // Nobody can tell, and so it keeps nothing else from being removed.
        }
        return Optional.empty();
    }
}
