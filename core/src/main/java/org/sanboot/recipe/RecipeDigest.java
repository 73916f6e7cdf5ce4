package org.sanboot.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;

/**
 * A digest of all that an image is made of. Every text goes in with its length, so that no two recipes give the same
 * sequence of bytes.
 */
final class RecipeDigest {

    private static final int BUFFER = 1 << 16;

    private final MessageDigest digest;

    RecipeDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    void add(String word, String text) {
        add(word);
        add(text);
    }

    private void add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        addLength(bytes.length);
        digest.update(bytes);
    }

    private void addLength(long length) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(length).flip());
    }

    /** Adds what is copied of a file, or of a directory with all below it: names, contents, and what is executable. */
    void addTree(Path root) {
        try {
            for (Path path : contents(root)) {
                add(root.relativize(path).toString());
                if (Files.isRegularFile(path)) {
                    add(Files.isExecutable(path) ? "executable" : "file");
                    addContent(path);
                }
            }
        } catch (IOException e) {
            throw new ConfigurationException("%s cannot be read: %s".formatted(root, e), e);
        }
    }

    private static List<Path> contents(Path root) throws IOException {
        try (Stream<Path> walk = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
            return walk.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void addContent(Path file) throws IOException {
        addLength(Files.size(file));
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(file)) {
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                digest.update(buffer, 0, length);
            }
        }
    }

    /** Ends the digest. */
    String hex() {
        return HexFormat.of().formatHex(digest.digest());
    }
}
