package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.sanboot.process.FileTrees;

/** Whole directories. */
final class Trees {

    private static final Set<String> OURS =
            Set.of(Failure.DISK, Failure.MANIFEST, Failure.REPORT, Failure.PIN, Failure.FLAKY, Failure.INTERRUPTED);

    private Trees() {}

    static boolean isOurs(String name) {
        return OURS.contains(name);
    }

    /** Deletes a directory with all that is in it; follows no link. */
    static void delete(Path directory) {
        try {
            FileTrees.delete(directory);
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
