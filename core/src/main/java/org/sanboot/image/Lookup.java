package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.sanboot.ConfigurationException;

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
        return images().stream()
                .filter(other -> parent(other).filter(image::equals).isPresent())
                .toList();
    }

    /** An image whose descriptor is damaged cannot be used, and so stands on nothing. */
    private Optional<String> parent(String image) {
        try {
            return Descriptor.read(directory.of(image)).parent();
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }
}
