package org.sanboot.lab.observation;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Evidence;

/**
 * What a test adds to the evidence of its machine. Up to {@value #MOST_FILES} files and 64 MiB are taken, what is more is left out
 * with a remark: an attachment must not fill the host's disk, nor fail its test. Thread-safe.
 */
final class Attachments {

    static final int MOST_FILES = 100;

    private static final long MOST_BYTES = 64 << 20;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_@+=,~-][A-Za-z0-9_@+=,~ .-]{0,100}");

    private final String host;
    private final Path directory;
    private final Map<String, Path> files = new LinkedHashMap<>();
    private final List<String> leftOut = new ArrayList<>();
    private long bytes;

    Attachments(String host, Path directory) {
        this.host = host;
        this.directory = directory;
    }

    synchronized void add(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ConfigurationException("%s: %s cannot be attached: it is no file.".formatted(host, file));
        }
        String name = checked(file.getFileName().toString());
        try {
            long size = Files.size(file);
            if (hasRoom(name, size)) {
                try (InputStream content = Files.newInputStream(file)) {
                    keep(name, content);
                }
            }
        } catch (IOException e) {
            leftOut.add("%s (%s)".formatted(name, e));
        }
    }

    synchronized void add(String name, String content) {
        byte[] text = content.getBytes(StandardCharsets.UTF_8);
        String checked = checked(name);
        if (hasRoom(checked, text.length)) {
            try (InputStream stream = new ByteArrayInputStream(text)) {
                keep(checked, stream);
            } catch (IOException e) {
                leftOut.add("%s (%s)".formatted(checked, e));
            }
        }
    }

    private String checked(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new ConfigurationException(
                    "%s: \"%s\" is no name for an attachment: it takes up to 101 letters, digits, blanks and ._@+=,~- and does not start with a dot."
                            .formatted(host, name));
        }
        return name;
    }

    private boolean hasRoom(String name, long size) {
        if (files.size() < MOST_FILES && bytes + size <= MOST_BYTES) {
            return true;
        }
        leftOut.add("%s (%d bytes)".formatted(name, size));
        return false;
    }

    /** The same name again is another file. */
    private void keep(String name, InputStream content) throws IOException {
        String free = name;
        for (int i = 2; files.containsKey(free); i++) {
            int dot = name.lastIndexOf('.');
            free = dot > 0 ? name.substring(0, dot) + "-" + i + name.substring(dot) : name + "-" + i;
        }
        Path target = Files.createDirectories(directory).resolve(free);
        bytes += Files.copy(content, target);
        files.put(free, target);
    }

    synchronized void addTo(Evidence.Builder evidence) {
        files.forEach((name, file) -> evidence.text("attached/" + name, file));
        if (!leftOut.isEmpty()) {
            evidence.remark(
                    "Of what the test attached, these were left out, being too much (up to %d files and 64 MiB): %s."
                            .formatted(MOST_FILES, String.join(", ", leftOut)));
        }
    }
}
