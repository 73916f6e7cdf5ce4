package org.sanboot.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.sanboot.InfrastructureException;

/**
 * The notes on which preserved disks stand on an image, one file each in the directory of the image. A disk within the home
 * is noted relative to the image's directory, so that the home can be moved. Reading deletes nothing: a disk that is missing
 * may be about to be moved to its place.
 */
final class References {

    private static final String DIRECTORY = "references";

    private final Path image;

    private References(Path image) {
        this.image = image;
    }

    static References of(GoldenImage image) {
        return of(Objects.requireNonNull(image.disk().getParent()));
    }

    /** Returns those in an image's directory, which may have a damaged descriptor. */
    static References of(Path image) {
        return new References(image);
    }

    /** Notes a disk; noting it again does nothing. */
    void add(Path preserved) {
        try {
            Path references = Files.createDirectories(image.resolve(DIRECTORY));
            String noted = noted(preserved).toString();
            Path reference = references.resolve(nameOf(noted));
            if (Files.notExists(reference)) {
                Path unfinished = references.resolve("." + UUID.randomUUID());
                Directories.force(Files.writeString(unfinished, noted));
                Files.move(unfinished, reference, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "It cannot be noted that %s stands on image %s: %s.".formatted(preserved, image.getFileName(), e),
                    e);
        }
    }

    /** Takes the note of a disk back, if there is one. */
    void remove(Path preserved) {
        if (Files.notExists(image.resolve(DIRECTORY))) {
            return;
        }
        try {
            Files.deleteIfExists(
                    image.resolve(DIRECTORY).resolve(nameOf(noted(preserved).toString())));
        } catch (IOException e) {
            throw new InfrastructureException(
                    "It stays noted that %s stands on image %s: %s.".formatted(preserved, image.getFileName(), e), e);
        }
    }

    private static String nameOf(String noted) {
        return UUID.nameUUIDFromBytes(noted.getBytes(StandardCharsets.UTF_8)).toString();
    }

    private Path noted(Path preserved) throws IOException {
        Path absolute = preserved.toAbsolutePath().normalize();
        Path home = image.toRealPath().resolve("../..").normalize();
        Path directory = Objects.requireNonNull(absolute.getParent());
        Path real = Files.isDirectory(directory) ? directory.toRealPath().resolve(absolute.getFileName()) : absolute;
        return real.startsWith(home) ? image.toRealPath().relativize(real) : absolute;
    }

    /** Returns the disks that are there. */
    List<Path> existing() {
        Path references = image.resolve(DIRECTORY);
        if (!Files.isDirectory(references)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(references)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .map(this::disk)
                    .filter(Files::exists)
                    .distinct()
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new InfrastructureException(
                    "What stands on image %s cannot be read: %s.".formatted(image.getFileName(), e), e);
        }
    }

    /** A note that cannot be read stands for itself: whatever it was for keeps the image until somebody deletes the note. */
    private Path disk(Path reference) {
        try {
            String noted = Files.readString(reference);
            return noted.isBlank() ? reference : image.resolve(noted).normalize();
        } catch (CharacterCodingException | InvalidPathException e) {
            return reference;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
