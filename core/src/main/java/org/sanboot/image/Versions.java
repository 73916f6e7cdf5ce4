package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/** Names that mean one of several versions: symbolic links beside the images. */
final class Versions {

    /** What is locked while a version of a name is made. */
    private static final String MAKING = ".making-";

    private final CatalogueDirectory directory;

    Versions(CatalogueDirectory directory) {
        this.directory = directory;
    }

    boolean isName(String name) {
        return Files.isSymbolicLink(directory.of(name));
    }

    /** Returns the image that a name means now: a version of it, or the image of that name itself. */
    String resolve(String name) {
        Path link = directory.of(name);
        try {
            return Files.isSymbolicLink(link)
                    ? String.valueOf(Files.readSymbolicLink(link).getFileName())
                    : name;
        } catch (IOException e) {
            throw new InfrastructureException("What the name %s means cannot be read: %s.".formatted(name, e), e);
        }
    }

    /** Returns all names, each with the version that it means now. */
    Map<String, String> names() {
        Map<String, String> names = new TreeMap<>();
        for (Path entry : directory.entries()) {
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
        return directory.entries().stream()
                .filter(entry -> !Files.isSymbolicLink(entry))
                .flatMap(entry -> Version.read(entry).stream());
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
        while (directory.has(name + "-" + number)) {
            number++;
        }
        return new Version(name, number, digest);
    }

    /** Checks that a name has versions or nothing yet, and room for the number of the next. */
    void checkFree(String name) {
        GoldenImage.checkName(name);
        if (directory.has(name) && !isName(name)) {
            throw ImageImporter.taken(name);
        }
        String next = next(name, "").image();
        if (next.length() > GoldenImage.LONGEST_NAME) {
            throw new ConfigurationException(
                    "The name %s is too long for an image with versions: the next would be called %s, of %d characters, and there may be %d."
                            .formatted(name, next, next.length(), GoldenImage.LONGEST_NAME));
        }
    }

    /** Returns the file that is locked while a version of a name is made; it stays when that is done. */
    Path lock(String name) {
        return directory.of(MAKING + name);
    }
}
