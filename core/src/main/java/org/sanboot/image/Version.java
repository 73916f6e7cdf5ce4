package org.sanboot.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.sanboot.InfrastructureException;

/**
 * What an image is a version of, in its {@code version.json}.
 *
 * @param of the name that means one of the versions
 * @param number from 1
 * @param digest of all that it was made of, in hexadecimal digits
 */
record Version(String of, int number, String digest) {

    static final String FILE = "version.json";

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Returns what the image is called. */
    String image() {
        return of + "-" + number;
    }

    byte[] encode() {
        try {
            return JSON.writeValueAsBytes(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads what the image in a directory is a version of, if it is. */
    static Optional<Version> read(Path directory) {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readValue(Files.readAllBytes(file), Version.class));
        } catch (JsonProcessingException e) {
            return Optional.empty(); // it stays an image, which can be used and removed as such
        } catch (IOException e) {
            throw new InfrastructureException("The file %s cannot be read: %s.".formatted(file, e), e);
        }
    }
}
