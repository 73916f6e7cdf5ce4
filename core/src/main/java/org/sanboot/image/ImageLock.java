package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.process.ProcessLock;

/** A {@link ProcessLock} on a file of the catalogue. Thread-safe; closing again does nothing. */
final class ImageLock implements AutoCloseable {

    private final ProcessLock lock;

    private ImageLock(ProcessLock lock) {
        this.lock = lock;
    }

    @FunctionalInterface
    private interface Taking {
        Optional<ProcessLock> take() throws IOException;
    }

    private static Optional<ImageLock> take(Path file, Taking taking) {
        try {
            return taking.take().map(ImageLock::new);
        } catch (IOException e) {
            throw new ConfigurationException("Lock file " + file + " cannot be locked: " + e + ".", e);
        }
    }

    /**
     * Takes a lock that others may share.
     *
     * @return the lock, or nothing when somebody has it alone or the file is gone
     */
    static Optional<ImageLock> shared(Path file) {
        return take(file, () -> ProcessLock.shared(file));
    }

    /**
     * Takes a lock for this holder alone, and makes the file if need be.
     *
     * @return the lock, or nothing when somebody has it
     */
    static Optional<ImageLock> exclusive(Path file) {
        return take(file, () -> ProcessLock.exclusive(file));
    }

    /**
     * Waits for a lock for this holder alone.
     *
     * @param patience how long at most
     * @return the lock, or nothing when somebody has had it all the time
     */
    static Optional<ImageLock> exclusive(Path file, Duration patience) {
        return take(file, () -> ProcessLock.exclusive(file, patience));
    }

    @Override
    public void close() {
        lock.close();
    }

    /** Says who has a lock, or null when nobody is known to. */
    static @Nullable String holder(Path file) {
        return ProcessLock.holder(file);
    }
}
