package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.sanboot.process.FileTrees;
import org.slf4j.Logger;

/**
 * The directory of a catalogue, and the one door through which it is read and changed: under its lock, after whatever a killed
 * process has begun was completed. The lock is held for as long as it takes to read descriptors and to rename, never while a
 * disk is copied, hashed or deleted. Thread-safe.
 */
final class CatalogueDirectory {

    private static final Logger LOG = Logging.logger(CatalogueDirectory.class);

    private static final String LOCK = ".lock";
    private static final String STAGED = ".import-";
    /** In a staged directory: held as long as its maker lives. */
    private static final String OWNED = "importing";
    /** How long a process may keep the catalogue to itself, which takes milliseconds, before it is taken to stand still. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    /** This process's threads, one after the other; the kernel's lock knows processes only. */
    private static final ReentrantLock THREADS = new ReentrantLock();

    /** What decides about a change, and makes it. */
    @FunctionalInterface
    interface Decision<T> {
        T make(CatalogueChange change) throws IOException;
    }

    private final Path images;

    CatalogueDirectory(Path images) {
        this.images = images;
    }

    Path images() {
        return images;
    }

    Path of(String image) {
        return images.resolve(image);
    }

    boolean has(String name) {
        return Files.exists(of(name), LinkOption.NOFOLLOW_LINKS);
    }

    /** Returns what is in the catalogue, without what is hidden; in alphabetical order. */
    List<Path> entries() {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(images)) {
            return entries.filter(entry -> !entry.getFileName().toString().startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ConfigurationException("Image catalogue " + images + " cannot be read: " + e + ".", e);
        }
    }

    /** Reads something while nobody changes anything. */
    <T> T read(Supplier<T> reader) {
        // Where nothing can be written, nobody changes anything.
        return Files.isDirectory(images) && Files.isWritable(images) ? locked(reader) : reader.get();
    }

    /**
     * Changes something at once.
     *
     * @param decision checks what is there and says what is to change; when it throws, nothing changes
     * @return what the decision has returned
     */
    <T> T change(Decision<T> decision) {
        make();
        try {
            return locked(() -> {
                CatalogueChange change = new CatalogueChange(images);
                try {
                    T decided = decision.make(change);
                    change.perform();
                    return decided;
                } catch (IOException e) {
                    throw failed(e);
                } finally {
                    change.end();
                }
            });
        } finally {
            sweep();
        }
    }

    private InfrastructureException failed(IOException cause) {
        return new InfrastructureException(
                "Image catalogue %s cannot be changed: %s.".formatted(images, why(cause)), cause);
    }

    private String why(IOException cause) {
        Path home = Objects.requireNonNull(images.getParent());
        if (Files.isSymbolicLink(home) && Files.notExists(home)) {
            return "its home " + home + " is a link to nothing";
        }
        boolean full = String.valueOf(cause.getMessage()).contains("No space left");
        return full ? "there is no space left on its file system" : cause.toString();
    }

    private void make() {
        try {
            Files.createDirectories(images);
        } catch (IOException e) {
            throw new InfrastructureException("Image catalogue %s cannot be made: %s.".formatted(images, why(e)), e);
        }
    }

    private <T> T locked(Supplier<T> work) {
        THREADS.lock();
        try {
            if (THREADS.getHoldCount() > 1) {
                return work.get();
            }
            Path file = images.resolve(LOCK);
            try (ImageLock lock = ImageLock.exclusive(file, PATIENCE).orElseThrow(() -> busy(file))) {
                CatalogueChange.complete(images);
                return work.get();
            }
        } finally {
            THREADS.unlock();
        }
    }

    private InfrastructureException busy(Path file) {
        String holder = ImageLock.holder(file);
        return new InfrastructureException(
                "Image catalogue %s has been locked for %d s%s, which should take milliseconds; end that, or let it go on."
                        .formatted(images, PATIENCE.toSeconds(), holder == null ? "" : " by " + holder));
    }

    /** A directory that becomes an image by {@link CatalogueChange#publish}, or is deleted. */
    final class Staging implements AutoCloseable {

        private final Path directory;
        private final ImageLock owned;

        private Staging(Path directory, ImageLock owned) {
            this.directory = directory;
            this.owned = owned;
        }

        Path directory() {
            return directory;
        }

        /** Deletes what was not published. */
        @Override
        public void close() {
            owned.close();
            sweep();
        }
    }

    Staging stage() {
        make();
        sweep();
        return locked(() -> {
            Path directory = images.resolve(STAGED + UUID.randomUUID());
            try {
                Files.createDirectory(directory);
                ImageLock owned = ImageLock.exclusive(lockOf(directory)).orElseThrow();
                return new Staging(directory, owned);
            } catch (IOException e) {
                throw failed(e);
            }
        });
    }

    /** Beside the directory, for what is in that becomes part of an image. */
    private static Path lockOf(Path staged) {
        return staged.resolveSibling(staged.getFileName() + "." + OWNED);
    }

    /** Deletes what was removed, and what makers that died have left. Nothing depends on it: what stays goes the next time. */
    void sweep() {
        if (THREADS.isHeldByCurrentThread() || !Files.isDirectory(images)) {
            return;
        }
        try {
            for (Path leftover : locked(this::leftovers)) {
                if (Files.isSymbolicLink(leftover)) {
                    Files.deleteIfExists(leftover);
                } else {
                    FileTrees.delete(leftover);
                }
            }
        } catch (IOException | InfrastructureException | ConfigurationException e) {
            LOG.warn("What is left of removed images in {} is not deleted yet: {}", images, e.toString());
        }
    }

    /** Under the lock nobody is between making a directory and locking it, and no link is on its way to its place. */
    private List<Path> leftovers() {
        List<Path> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(images)) {
            for (Path entry : entries.toList()) {
                String name = entry.getFileName().toString();
                if (name.startsWith(CatalogueChange.REMOVED) || name.startsWith(CatalogueChange.LINK)) {
                    found.add(entry);
                } else if (name.startsWith(STAGED) && isAbandoned(entry, name)) {
                    found.add(entry);
                }
            }
        } catch (IOException e) {
            throw failed(e);
        }
        return found;
    }

    private boolean isAbandoned(Path entry, String name) {
        Path lock = name.endsWith(OWNED) ? entry : lockOf(entry);
        if (Files.notExists(lock)) {
            return true;
        }
        Optional<ImageLock> taken = ImageLock.exclusive(lock);
        taken.ifPresent(ImageLock::close);
        return taken.isPresent();
    }
}
