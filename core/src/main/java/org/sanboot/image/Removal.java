package org.sanboot.image;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;

/** Takes images away on which nothing stands. */
final class Removal {

    private final CatalogueDirectory directory;
    private final Versions versions;
    private final Lookup lookup;

    Removal(CatalogueDirectory directory, Versions versions, Lookup lookup) {
        this.directory = directory;
        this.versions = versions;
        this.lookup = lookup;
    }

    void remove(String name) {
        GoldenImage.checkName(name);
        directory.change(change -> {
            if (versions.isName(name)) {
                List<String> images =
                        versions.of(name).stream().map(Version::image).toList();
                images.forEach(image -> take(change, image, images, "removed"));
                change.remove(name);
                images.forEach(change::remove);
            } else {
                removeImage(change, name);
            }
            return name;
        });
    }

    private void removeImage(CatalogueChange change, String name) {
        if (!Files.isDirectory(directory.of(name))) {
            lookup.find(name);
        }
        versions.names().forEach((alias, version) -> {
            if (version.equals(name)) {
                throw new ConfigurationException(
                        "Image %s cannot be removed: it is what %s means; remove that, with all its versions: sanboot image remove %s"
                                .formatted(name, alias, alias));
            }
        });
        take(change, name, List.of(), "removed");
        change.remove(name);
    }

    /** Deletes what killed processes left, and the versions that no name means any more and nothing stands on; one may be below another. */
    List<String> prune() {
        directory.sweep();
        List<String> pruned = new ArrayList<>();
        List<String> now;
        do {
            now = pruneOnce();
            pruned.addAll(now);
        } while (!now.isEmpty());
        return pruned.stream().sorted().toList();
    }

    private List<String> pruneOnce() {
        Map<String, String> names = directory.read(versions::names);
        List<String> candidates = directory.read(() -> versions.all()
                .map(Version::image)
                .filter(image -> !names.containsValue(image))
                .sorted()
                .toList());
        List<String> pruned = new ArrayList<>();
        for (String image : candidates) {
            try {
                remove(image);
                pruned.add(image);
            } catch (ConfigurationException e) {
                // Something stands on it or uses it: it stays.
            }
        }
        return pruned;
    }

    /**
     * Takes an image for a change that ends it: nobody uses it until the change is done.
     *
     * @param together images that end with it and so may stand on it
     * @param what is done to it, for messages
     * @throws ConfigurationException when something stands on it or uses it
     */
    void take(CatalogueChange change, String image, Collection<String> together, String what) {
        Path lock = directory.of(image).resolve(ImageHold.LOCK);
        change.keep(ImageLock.exclusive(lock)
                .orElseThrow(() -> new ConfigurationException("Image %s cannot be %s: a clone of it is in use%s."
                        .formatted(image, what, by(ImageLock.holder(lock))))));
        checkFree(image, together, what);
    }

    /** Checks that nothing stands on an image but what ends with it. */
    void checkFree(String image, Collection<String> together, String what) {
        List<String> children = lookup.children(image).stream()
                .filter(child -> !Set.copyOf(together).contains(child))
                .toList();
        if (!children.isEmpty()) {
            throw new ConfigurationException("Image %s cannot be %s: other images stand on it; remove them first: %s."
                    .formatted(
                            image,
                            what,
                            String.join(
                                    ", ",
                                    children.stream()
                                            .map(this::removable)
                                            .distinct()
                                            .toList())));
        }
        List<Path> retained = References.of(directory.of(image)).existing();
        if (!retained.isEmpty()) {
            throw new ConfigurationException(
                    "Image %s cannot be %s: preserved disks stand on it; delete them first: %s."
                            .formatted(
                                    image,
                                    what,
                                    String.join(
                                            ", ",
                                            retained.stream()
                                                    .map(Path::toString)
                                                    .toList())));
        }
    }

    /** A version that a name means goes with that name only. */
    private String removable(String image) {
        return versions.names().entrySet().stream()
                .filter(name -> name.getValue().equals(image))
                .map(name -> "%s (with %s)".formatted(image, name.getKey()))
                .findFirst()
                .orElse(image);
    }

    static String by(@Nullable String holder) {
        return holder == null ? "" : " by " + holder;
    }
}
