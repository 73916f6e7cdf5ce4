package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * Names that mean one of several versions: symbolic links beside the images, each switched in one step, so that a name
 * means the old version or the new one whatever ends the process.
 */
final class Versions {

    /** What a link is called until it takes its place. */
    static final String UNFINISHED = ".name-";

    /** What is locked while a version of a name is made. */
    private static final String MAKING = ".making-";

    private final Path images;

    Versions(Path images) {
        this.images = images;
    }

    boolean isName(String name) {
        return Files.isSymbolicLink(images.resolve(name));
    }

    /** Returns the image that a name means now: a version of it, or the image of that name itself. */
    String resolve(String name) {
        Path link = images.resolve(name);
        try {
            return Files.isSymbolicLink(link)
                    ? Files.readSymbolicLink(link).getFileName().toString()
                    : name;
        } catch (IOException e) {
            throw new InfrastructureException("What the name %s means cannot be read: %s.".formatted(name, e), e);
        }
    }

    /** Returns all names, each with the version that it means now. */
    Map<String, String> names() {
        Map<String, String> names = new TreeMap<>();
        for (Path entry : entries()) {
            if (Files.isSymbolicLink(entry)) {
                String name = entry.getFileName().toString();
                names.put(name, resolve(name));
            }
        }
        return names;
    }

    /** Returns the versions of a name, the oldest first. */
    List<Version> of(String name) {
        return all().filter(version -> version.of().equals(name))
                .sorted(Comparator.comparingInt(Version::number))
                .toList();
    }

    Stream<Version> all() {
        return entries().stream()
                .filter(entry -> !Files.isSymbolicLink(entry))
                .flatMap(entry -> Version.read(entry).stream());
    }

    private List<Path> entries() {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(images)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .toList();
        } catch (IOException e) {
            throw new ConfigurationException("Image catalogue " + images + " cannot be read: " + e + ".", e);
        }
    }

    /** Finds the newest version of a name that was made of the same. */
    Optional<Version> find(String name, String digest) {
        return of(name).stream()
                .filter(version -> version.digest().equals(digest))
                .reduce((older, newer) -> newer);
    }

    /** Returns the version that comes next; who calls this has the {@linkplain #lock lock}. */
    Version next(String name, String digest) {
        List<Version> versions = of(name);
        int number = versions.isEmpty() ? 1 : versions.get(versions.size() - 1).number() + 1;
        while (Files.exists(images.resolve(name + "-" + number), LinkOption.NOFOLLOW_LINKS)) {
            number++;
        }
        return new Version(name, number, digest);
    }

    void checkFree(String name) {
        GoldenImage.checkName(name);
        if (Files.exists(images.resolve(name), LinkOption.NOFOLLOW_LINKS) && !isName(name)) {
            throw ImageCatalogue.taken(name);
        }
    }

    /** Returns the file that is locked while a version of a name is made; it stays when that is done. */
    Path lock(String name) {
        return images.resolve(MAKING + name);
    }

    void point(String name, String version) {
        checkFree(name);
        Path next = images.resolve(UNFINISHED + UUID.randomUUID());
        try {
            Files.createSymbolicLink(next, Path.of(version));
            Files.move(next, images.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            Directories.force(images);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The name %s cannot be given to image %s: %s.".formatted(name, version, e), e);
        }
    }

    void delete(String name) {
        try {
            Files.deleteIfExists(images.resolve(name));
        } catch (IOException e) {
            throw new InfrastructureException("The name %s cannot be deleted: %s.".formatted(name, e), e);
        }
    }
}
