package org.sanboot.evidence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.sanboot.ConfigurationException;
import org.sanboot.SanbootException;
import org.sanboot.block.BackingName;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * What lies between a kept disk and its golden image: the sealed layers of its snapshots, which go with its machine.
 *
 * <p>They are linked beside the disk first, so that nothing is lost whatever follows; then what they hold is copied into the
 * disk and they go. Where that does not work they stay, and the disk stands on them by names without a directory, so that it
 * opens wherever the failure is moved.
 */
final class Chain {

    private static final Logger LOG = Logging.logger(Chain.class);

    private static final String NAME = "layer-%d.qcow2";

    /** A disk of gigabytes on a slow host; a program that hangs must not hold up the end of a run for ever. */
    private static final long LONGEST_MINUTES = 10;

    private final Path directory;
    private final Path image;
    private final String format;
    private final List<Path> layers;

    /** The layers lie in the directory. */
    private Chain(Path directory, Path image, String format, List<Path> layers) {
        this.directory = directory;
        this.image = image;
        this.format = format;
        this.layers = layers;
    }

    /** Gives the layers names in a failure's directory, beside those that they have and in the place of earlier ones. */
    static Chain link(Path directory, Evidence evidence) throws IOException {
        for (int i = 0; Files.deleteIfExists(directory.resolve(NAME.formatted(i))); i++) {
            // Another snapshot may have taken its place.
        }
        List<Path> links = new ArrayList<>();
        for (Path layer : evidence.layers()) {
            links.add(Files.createLink(directory.resolve(NAME.formatted(links.size())), layer));
        }
        return new Chain(directory, evidence.image().path(), evidence.imageFormat(), links);
    }

    /**
     * Gives those layers names in a machine's directory that lie elsewhere, and so would not move with it.
     *
     * @return the names, by where the layers are
     */
    static Map<String, String> linkForeign(Path machine, List<Path> layers) throws IOException {
        Map<String, String> names = new LinkedHashMap<>();
        for (Path layer : layers) {
            if (!layer.startsWith(machine)) {
                String name = NAME.formatted(names.size());
                Files.deleteIfExists(machine.resolve(name));
                Files.createLink(machine.resolve(name), layer);
                names.put(layer.toString(), name);
            }
        }
        return names;
    }

    /**
     * Makes a disk stand on its image alone whose machine's directory was moved: the layers below it name each other by where
     * they were.
     *
     * @param foreign the names here of those that were not in the machine's directory, by where they were
     * @return why the layers had to stay, if they had to
     */
    static Optional<String> settle(Path directory, Manifest.Image image, Map<String, String> foreign) {
        try {
            List<Path> layers = reattach(directory.resolve(Failure.DISK), foreign);
            return new Chain(directory, Path.of(image.path()), formatOf(image), layers).flatten();
        } catch (SanbootException e) {
            return Optional.of("The disk may stand on layers beside it that it does not find: " + e.getMessage());
        }
    }

    /**
     * Lets a disk whose machine's directory was moved, and all layers below it that moved with it, name each other as they are
     * here.
     *
     * @param foreign the names here of those that were not in the machine's directory, by where they were
     * @return the layers, the lowest first
     */
    static List<Path> reattach(Path disk, Map<String, String> foreign) {
        List<Path> lowestFirst = new ArrayList<>();
        Path upper = disk;
        for (Optional<Path> lower = moved(upper, foreign); lower.isPresent(); lower = moved(upper, foreign)) {
            upper = lower.get();
            if (upper.equals(disk) || lowestFirst.contains(upper)) {
                throw new ConfigurationException("the layers stand on each other in a circle");
            }
            lowestFirst.add(0, upper);
        }
        return lowestFirst;
    }

    /** Returns what a file stands on, if that was moved together with it, and lets the file name it as it is here. */
    private static Optional<Path> moved(Path upper, Map<String, String> foreign) {
        String named = BackingName.of(upper).orElse("");
        String name = foreign.getOrDefault(named, named.substring(named.lastIndexOf('/') + 1));
        Path lower = upper.resolveSibling(name);
        if (name.isEmpty() || Files.notExists(lower)) {
            return Optional.empty();
        }
        if (!named.equals(name)) {
            BackingName.set(upper, name);
        }
        return Optional.of(lower);
    }

    /**
     * Does the same for a failure that a process which died has left, whose layers are gone from where they were.
     *
     * @return why the layers had to stay, if they had to
     */
    static Optional<String> settle(Path directory, Manifest.Image image) {
        List<Path> layers = new ArrayList<>();
        while (Files.exists(directory.resolve(NAME.formatted(layers.size())))) {
            layers.add(directory.resolve(NAME.formatted(layers.size())));
        }
        if (layers.isEmpty()) {
            return Optional.empty();
        }
        Chain chain = new Chain(directory, Path.of(image.path()), formatOf(image), layers);
        String trouble = chain.standOnLinks();
        return trouble.isEmpty() ? chain.flatten() : Optional.of("The disk stands on layers beside it" + trouble);
    }

    private static String formatOf(Manifest.Image image) {
        return image.format() == null ? "raw" : image.format();
    }

    /**
     * Copies into the disk what the layers hold.
     *
     * @return why the layers had to stay, if they had to
     */
    Optional<String> flatten() {
        if (layers.isEmpty()) {
            return Optional.empty();
        }
        try {
            rebase(directory.resolve(Failure.DISK), image, format);
            for (Path layer : layers) {
                Files.deleteIfExists(layer);
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of("The disk stands on the layers of its snapshots, which could not be copied into it: %s%s"
                    .formatted(e.getMessage(), standOnLinks()));
        }
    }

    /** Only names change: it works without room, and without any other program. */
    private String standOnLinks() {
        try {
            for (int i = layers.size() - 1; i >= 0; i--) {
                Path upper = i == layers.size() - 1 ? directory.resolve(Failure.DISK) : layers.get(i + 1);
                BackingName.set(upper, String.valueOf(layers.get(i).getFileName()));
            }
            return "";
        } catch (SanbootException e) {
            return "; the names of the layers in them are not those that they have here: " + e.getMessage();
        }
    }

    /**
     * Lets what stands on the image name it as seen from here, so that both can be moved together. Where that does not work, the
     * whole path is as good until then.
     */
    static void nameRelative(Path directory) {
        FailedDisks.in(directory).forEach(disk -> nameRelative(directory, disk));
        Path lowest = directory.resolve(NAME.formatted(0));
        nameRelative(directory, Files.exists(lowest) ? lowest : directory.resolve(Failure.DISK));
    }

    private static void nameRelative(Path directory, Path disk) {
        Path home = Objects.requireNonNull(
                        directory.toAbsolutePath().normalize().getParent())
                .resolveSibling("");
        try {
            BackingName.makeRelative(disk, home);
        } catch (SanbootException e) {
            LOG.debug("A kept disk names its image by its whole path", e);
        }
    }

    /** Copies into a disk what lies between it and an image. */
    static void rebase(Path disk, Path image, String format) throws IOException {
        List<String> command =
                List.of("qemu-img", "rebase", "-f", "qcow2", "-b", image.toString(), "-F", format, disk.toString());
        try (Seal.Opened opened = Seal.open(disk)) {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            // What it says fits the pipe.
            if (!ended(process)) {
                process.destroyForcibly();
                throw new IOException("qemu-img rebase did not end within %d minutes".formatted(LONGEST_MINUTES));
            }
            if (process.exitValue() != 0) {
                throw new IOException(
                        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
            }
        }
    }

    /** Waits, and puts an interrupt off: half of it would be no disk. */
    private static boolean ended(Process process) {
        boolean interrupted = false;
        try {
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONGEST_MINUTES);
            while (true) {
                try {
                    return process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
