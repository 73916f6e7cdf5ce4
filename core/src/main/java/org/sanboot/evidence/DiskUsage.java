package org.sanboot.evidence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sanboot.InfrastructureException;

/**
 * Measures what files allocate, which for a sparse disk is far less than its length.
 *
 * <p>Java's {@code unix} attributes lack {@code st_blocks}, so POSIX {@code du -sk} is asked, once for all directories: it
 * counts in KiB, and a file with several names once.
 */
final class DiskUsage {

    private DiskUsage() {}

    /** Returns the allocated bytes of each directory that could be measured. */
    static Map<Path, Long> of(List<Path> directories) {
        if (directories.isEmpty()) {
            return Map.of();
        }
        List<String> command = new ArrayList<>(List.of("du", "-sk", "--"));
        directories.forEach(directory -> command.add(directory.toString()));
        try {
            Process du = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            du.getOutputStream().close();
            String output = new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return parse(output);
        } catch (IOException e) {
            throw new InfrastructureException("The size of the failures cannot be measured: " + e, e);
        }
    }

    private static Map<Path, Long> parse(String output) {
        Map<Path, Long> bytes = new HashMap<>();
        try (Stream<String> lines = output.lines()) {
            lines.map(line -> line.split("\t", 2))
                    .filter(fields -> fields.length == 2 && fields[0].matches("[0-9]{1,15}"))
                    .forEach(fields -> bytes.put(Path.of(fields[1]), Long.parseLong(fields[0]) * 1024));
        }
        return bytes;
    }
}
