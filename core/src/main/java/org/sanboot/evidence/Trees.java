package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whole directories. */
final class Trees {

    private static final Set<String> OURS =
            Set.of(Failure.DISK, Failure.MANIFEST, Failure.REPORT, Failure.PIN, Failure.FLAKY);

    private Trees() {}

    /** Deletes a directory with all that is in it; follows no link. */
    static void delete(Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lists the files of a failure that are evidence beside the disk. */
    static List<Manifest.KeptFile> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> new Manifest.KeptFile(
                            directory.relativize(file).toString(), file.toFile().length()))
                    .filter(file -> !file.name().startsWith(".") && !OURS.contains(file.name()))
                    .sorted((a, b) -> a.name().compareTo(b.name()))
                    .toList();
        }
    }
}
