package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.sanboot.process.ProcessLock;

/**
 * A {@link ProcessLock} on a file of a failure or of their directory, which is made with its lock; the directory must exist, for
 * making it here could bring a deleted failure's back. Thread-safe; closing again does nothing.
 */
final class FileGuard implements AutoCloseable {

    private final ProcessLock lock;

    private FileGuard(ProcessLock lock) {
        this.lock = lock;
    }

    /** Takes the lock together with other sharers, or returns nothing when somebody has it for himself. */
    static Optional<FileGuard> tryShared(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As it is from the second time on.
        }
        return ProcessLock.shared(file).map(FileGuard::new);
    }

    /** Takes the lock alone, or returns nothing when anybody has it. */
    static Optional<FileGuard> tryExclusive(Path file) throws IOException {
        return ProcessLock.exclusive(file).map(FileGuard::new);
    }

    /** Takes the lock alone, and waits for as long as others have it; an interrupt is put off until then. */
    static FileGuard exclusive(Path file) throws IOException {
        while (true) {
            Optional<ProcessLock> lock = ProcessLock.exclusive(file, Duration.ofMinutes(1));
            if (lock.isPresent()) {
                return new FileGuard(lock.get());
            }
        }
    }

    @Override
    public void close() {
        lock.close();
    }
}
