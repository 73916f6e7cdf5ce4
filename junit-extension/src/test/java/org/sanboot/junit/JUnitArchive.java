package org.sanboot.junit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Other versions of JUnit, which the build puts beside the classes. */
final class JUnitArchive {

    private static final Path DIRECTORY = Path.of("target", "junit");

    private JUnitArchive() {}

    /**
     * Returns the archive with all of one version but the test kit, and the test kit where there is one.
     *
     * @param platform the beginning of the platform's version, such as 1.12 for JUnit 5.12
     */
    static List<Path> of(String platform) throws IOException {
        try (Stream<Path> files = Files.list(DIRECTORY)) {
            List<Path> found = files.filter(file ->
                            file.getFileName().toString().matches("\\D+-\\Q" + platform + "\\E\\.[.\\d]+\\.jar"))
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                throw new AssertionError("There is no JUnit %s in %s; let Maven build this module once"
                        .formatted(platform, DIRECTORY.toAbsolutePath()));
            }
            return found;
        }
    }
}
