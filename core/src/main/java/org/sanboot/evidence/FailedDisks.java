package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.sanboot.SanbootException;
import org.sanboot.block.BackingName;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * The disks of tests that failed on a machine which ran on for other tests: layers that were sealed one after the other,
 * below the disk that the machine had in the end, or beside it where a test went back to a snapshot.
 *
 * <p>They share their blocks, so they are kept as they are, each under the name that it has in its machine's directory, and
 * name each other without a directory. Only what lies below all of them and is not the machine's own is copied, into those that
 * stand on it, so that a failure depends on its golden image and on nothing else.
 */
final class FailedDisks {

    private static final Logger LOG = Logging.logger(FailedDisks.class);

    /** Layers of a machine's own: what was set aside, and what its tests took snapshots of. */
    private static final Pattern OWN = Pattern.compile("(failed|snapshot)-\\d+\\.qcow2");

    private final Path directory;
    private final Path image;
    private final String format;

    private FailedDisks(Path directory, Path image, String format) {
        this.directory = directory;
        this.image = image;
        this.format = format;
    }

    /** Tells whether any test's disk was set aside. */
    static boolean areIn(List<Manifest.FailedTest> tests) {
        return tests.stream().anyMatch(test -> test.disk() != null);
    }

    /** Returns the machine's own layers that are in a failure's directory. */
    static List<Path> in(Path directory) {
        List<Path> disks = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.qcow2")) {
            for (Path file : files) {
                if (isOwn(file)) {
                    disks.add(file);
                }
            }
        } catch (IOException e) {
            LOG.debug("Cannot list {}", directory, e);
        }
        return disks;
    }

    private static boolean isOwn(Path file) {
        return OWN.matcher(String.valueOf(file.getFileName())).matches();
    }

    /** Gives the machine's own layers their names in a failure's directory, beside those that they have. */
    static void link(Path directory, Evidence evidence) throws IOException {
        Path machine = evidence.disk().getParent();
        for (Path layer : evidence.layers()) {
            if (Objects.equals(layer.getParent(), machine) && isOwn(layer)) {
                Files.createLink(directory.resolve(layer.getFileName()), layer);
            }
        }
    }

    /**
     * As below, for the directory of a machine whose process died, and which was moved as a whole.
     *
     * @param foreign the names here of those layers that were not in the machine's directory, by where they were
     */
    static Optional<String> settle(Path directory, Manifest manifest, Map<String, String> foreign) {
        for (String name : names(manifest.failedTests())) {
            try {
                var unused = Chain.reattach(directory.resolve(name), foreign);
            } catch (SanbootException e) {
                LOG.debug("{} cannot be read", name, e);
            }
        }
        Optional<String> problems = settle(directory, manifest);
        if (problems.isEmpty()) {
            foreign.values().forEach(name -> directory.resolve(name).toFile().delete());
        }
        return problems;
    }

    /** As below, for a failure that a process which died has left. */
    static Optional<String> settle(Path directory, Manifest manifest) {
        Manifest.Image image = Objects.requireNonNull(manifest.image());
        String format = image.format() == null ? "raw" : image.format();
        return settle(directory, manifest.failedTests(), Path.of(image.path()), format);
    }

    /**
     * Lets the disks in a failure's directory stand on each other there, and on the image.
     *
     * @return what did not work, in a sentence, if anything did not
     */
    static Optional<String> settle(Path directory, List<Manifest.FailedTest> tests, Path image, String format) {
        FailedDisks disks = new FailedDisks(directory, image, format);
        List<String> problems = new ArrayList<>();
        for (String name : names(tests)) {
            try {
                disks.settle(directory.resolve(name));
            } catch (IOException | SanbootException e) {
                problems.add("%s may not open from here: %s".formatted(name, e.getMessage()));
            }
        }
        return problems.isEmpty() ? Optional.empty() : Optional.of(String.join(" ", problems));
    }

    private static List<String> names(List<Manifest.FailedTest> tests) {
        List<String> names = new ArrayList<>(List.of(Failure.DISK));
        tests.stream().map(Manifest.FailedTest::disk).filter(Objects::nonNull).forEach(names::add);
        return names;
    }

    private void settle(Path disk) throws IOException {
        Set<Path> seen = new HashSet<>();
        Path upper = disk;
        while (seen.add(upper)) {
            String named = BackingName.of(upper).orElse("");
            Path lower = directory.resolve(named.substring(named.lastIndexOf('/') + 1));
            if (!isOwn(lower) || Files.notExists(lower)) {
                if (!isImage(named)) {
                    Chain.rebase(upper, image, format);
                }
                return;
            }
            String name = String.valueOf(lower.getFileName());
            if (!named.equals(name)) {
                BackingName.set(upper, name);
            }
            upper = lower;
        }
        throw new IOException("the layers stand on each other in a circle");
    }

    private boolean isImage(String named) throws IOException {
        Path below = directory.resolve(named);
        return !named.isEmpty() && Files.exists(below) && Files.isSameFile(below, image);
    }
}
