package org.sanboot.evidence;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file, shared or exclusive, that holds between processes and between the threads of this one, and that ends
 * with its process.
 *
 * <p>The kernel's locks belong to the whole JVM, so those of its threads are counted here: the first of them takes the kernel's
 * lock, the last one gives it back.
 */
final class FileGuard implements AutoCloseable {

    private static final Map<Path, FileGuard> HELD = new HashMap<>();

    private final Path file;
    private final FileChannel channel;
    private final boolean exclusive;
    private int holders = 1;

    private FileGuard(Path file, FileChannel channel, boolean exclusive) {
        this.file = file;
        this.channel = channel;
        this.exclusive = exclusive;
    }

    /** Takes the lock together with other sharers, or returns nothing when somebody has it for himself. */
    static Optional<FileGuard> tryShared(Path file) throws IOException {
        return tryLock(file, false);
    }

    /** Takes the lock alone, or returns nothing when anybody has it. */
    static Optional<FileGuard> tryExclusive(Path file) throws IOException {
        return tryLock(file, true);
    }

    /** Takes the lock alone, and waits for as long as others have it; an interrupt is put off until then. */
    static FileGuard exclusive(Path file) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return waitFor(key(file));
                } catch (InterruptedException | ClosedByInterruptException | FileLockInterruptionException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static FileGuard waitFor(Path key) throws IOException, InterruptedException {
        synchronized (HELD) {
            while (HELD.containsKey(key)) {
                HELD.wait();
            }
            FileChannel channel = open(key);
            try {
                // Holders in other processes have it for milliseconds: one JVM's threads may wait here together.
                channel.lock();
                return remembered(new FileGuard(key, channel, true));
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }
    }

    private static Optional<FileGuard> tryLock(Path file, boolean exclusive) throws IOException {
        Path key = key(file);
        synchronized (HELD) {
            FileGuard held = HELD.get(key);
            if (held != null) {
                if (exclusive || held.exclusive) {
                    return Optional.empty();
                }
                held.holders++;
                return Optional.of(held);
            }
            FileChannel channel = open(key);
            if (lock(channel, exclusive) == null) {
                channel.close();
                return Optional.empty();
            }
            return Optional.of(remembered(new FileGuard(key, channel, exclusive)));
        }
    }

    private static @Nullable FileLock lock(FileChannel channel, boolean exclusive) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, !exclusive);
        } catch (OverlappingFileLockException e) {
            // Another class loader of this JVM has it.
            return null;
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    private static FileGuard remembered(FileGuard guard) {
        HELD.put(guard.file, guard);
        return guard;
    }

    private static Path key(Path file) throws IOException {
        // The directory must exist: making it here could bring a deleted failure's back.
        return file.resolveSibling(".").toRealPath().resolve(file.getFileName());
    }

    /** Gives the lock back; each taker closes once. */
    @Override
    public void close() {
        synchronized (HELD) {
            holders--;
            if (holders == 0) {
                HELD.remove(file);
                HELD.notifyAll();
                try {
                    channel.close();
                } catch (IOException e) {
                    // The descriptor is gone all the same, and the lock with it.
                }
            }
        }
    }
}
