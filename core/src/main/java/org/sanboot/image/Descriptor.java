package org.sanboot.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;

/**
 * An image's {@code image.json}. Layers are file names as seen from the image's directory, and an image goes by the name of its
 * directory, whatever is written in it.
 */
record Descriptor(
        int version,
        String name,
        String sha256,
        long size,
        long allocated,
        GuestFamily family,
        Set<Firmware> firmware,
        String nicModel,
        @Nullable String user,
        @Nullable String secret,
        String imported,
        List<String> layers) {

    static final String FILE = "image.json";
    private static final int VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    Descriptor {
        for (Object required : new Object[] {name, sha256, family, firmware, nicModel, imported, layers}) {
            Objects.requireNonNull(required, "a value is missing");
        }
    }

    static Descriptor of(GoldenImage image) {
        Credentials credentials = image.credentials();
        return new Descriptor(
                VERSION,
                image.name(),
                image.sha256(),
                image.size(),
                image.allocated(),
                image.family(),
                new TreeSet<>(image.firmware()),
                image.nicModel(),
                credentials == null ? null : credentials.user(),
                credentials == null ? null : credentials.secret().toString(),
                image.imported().toString(),
                image.layers().stream()
                        .map(layer -> relative(layer, layer.equals(image.disk())))
                        .toList());
    }

    /** The topmost layer is the image's own; those below it are in the directories of the images it is a version of. */
    private static String relative(Path layer, boolean own) {
        Path name = layer.getFileName();
        return own
                ? name.toString()
                : Path.of("..")
                        .resolve(Objects.requireNonNull(layer.getParent()).getFileName())
                        .resolve(name)
                        .toString();
    }

    byte[] encode() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Reads the descriptor in an image's directory.
     *
     * @throws ConfigurationException when it is missing or damaged; it names the file and says what to do
     */
    static GoldenImage read(Path directory) {
        Path file = directory.resolve(FILE);
        try {
            byte[] bytes = Files.readAllBytes(file);
            int version = JSON.readTree(bytes).path("version").asInt();
            if (version != VERSION) {
                throw new ConfigurationException(
                        "Image descriptor %s has version %d, but this Sanboot reads version %d; use the Sanboot that wrote it."
                                .formatted(file, version, VERSION));
            }
            return in(directory, file, JSON.readValue(bytes, Descriptor.class));
        } catch (JsonProcessingException e) {
            throw unreadable(file, directory, e.getOriginalMessage(), e);
        } catch (NoSuchFileException e) {
            throw unreadable(file, directory, "it is not there", e);
        } catch (IOException e) {
            throw unreadable(file, directory, e.toString(), e);
        }
    }

    private static GoldenImage in(Path directory, Path file, Descriptor written) {
        try {
            return written.in(directory);
        } catch (ConfigurationException | DateTimeException | IllegalArgumentException e) {
            throw unreadable(file, directory, String.valueOf(e.getMessage()), e);
        }
    }

    private static ConfigurationException unreadable(Path file, Path directory, String why, Exception cause) {
        return new ConfigurationException(
                "Image descriptor %s cannot be read: %s; put it back from a copy, or remove the image and make it again: sanboot image remove %s"
                        .formatted(
                                file, why.strip().replaceAll("[.]?\\s*[\\r\\n].*|[.]$", ""), directory.getFileName()),
                cause);
    }

    private GoldenImage in(Path directory) {
        return new GoldenImage(
                directory.getFileName().toString(),
                sha256,
                size,
                allocated,
                family,
                firmware,
                nicModel,
                user == null || secret == null ? null : new Credentials(user, Secret.parse(secret)),
                Instant.parse(imported),
                layers.stream()
                        .map(layer -> directory.resolve(layer).normalize())
                        .toList());
    }
}
