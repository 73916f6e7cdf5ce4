package org.sanboot.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

    /** Tells whether the image in a directory is a version, though perhaps its file cannot be read. */
    static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /** Reads what the image in a directory is a version of, if it is and that can be read. */
    static Optional<Version> read(Path directory) {
        try {
            Version version = JSON.readValue(Files.readAllBytes(directory.resolve(FILE)), Version.class);
            // Of another name or number it would stand for an image that is not this one.
            return Optional.ofNullable(version)
                    .filter(read -> read.image().equals(String.valueOf(directory.getFileName())));
        } catch (IOException e) {
            return Optional.empty(); // it stays an image, which can be used and removed as such
        }
    }
}
