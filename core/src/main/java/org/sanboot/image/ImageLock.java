package org.sanboot.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * A lock of the kernel on a file, held until it is closed or its process ends, whatever ends it.
 *
 * <p>Such locks belong to a process as a whole: it can take each only once, and loses it when it closes any channel on that
 * file. So a process's locks are counted here by what the kernel knows the file by, whatever path leads to it, and no lock file
 * is opened anywhere else. Thread-safe; closing again does nothing.
 */
final class ImageLock implements AutoCloseable {

    /** All of this process's locks, by device and inode; guarded by the class. */
    private static final Map<Object, Held> HELD = new HashMap<>();

    private static final long FIRST_PAUSE = Duration.ofMillis(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofMillis(20).toNanos();

    private static final class Held {
        private final FileChannel channel;
        private final boolean shared;
        private int holders = 1;

        Held(FileChannel channel, boolean shared) {
            this.channel = channel;
            this.shared = shared;
        }
    }

    private final Object key;
    private final Held held;
    private boolean closed;

    private ImageLock(Object key, Held held) {
        this.key = key;
        this.held = held;
    }

    /**
     * Takes a lock that others may share.
     *
     * @return the lock, or nothing when somebody has it alone or the file is gone
     */
    static Optional<ImageLock> shared(Path file) {
        return acquire(file, true);
    }

    /**
     * Takes a lock for this holder alone, and makes the file if need be.
     *
     * @return the lock, or nothing when somebody has it
     */
    static Optional<ImageLock> exclusive(Path file) {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As it is from the second time on.
        } catch (IOException e) {
            throw unlockable(file, e);
        }
        return acquire(file, false);
    }

    /**
     * Waits for a lock for this holder alone.
     *
     * @param patience how long at most
     * @return the lock, or nothing when somebody has had it all the time
     */
    static Optional<ImageLock> exclusive(Path file, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE;
        boolean interrupted = false;
        try {
            while (true) {
                Optional<ImageLock> lock = exclusive(file);
                if (lock.isPresent() || System.nanoTime() - end > 0) {
                    return lock;
                }
                // The kernel's own waiting can neither be bounded nor shared with this process's threads.
                interrupted |= Thread.interrupted();
                LockSupport.parkNanos(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static synchronized Optional<ImageLock> acquire(Path file, boolean shared) {
        boolean interrupted = Thread.interrupted(); // which would close the channel
        try {
            Object key = key(file);
            Held held = HELD.get(key);
            if (held == null) {
                return lock(file, key, shared);
            }
            if (!shared || !held.shared) {
                return Optional.empty();
            }
            held.holders++;
            return Optional.of(new ImageLock(key, held));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw unlockable(file, e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The file may be removed or replaced between any two steps: what was locked must still be what has the name. */
    private static Optional<ImageLock> lock(Path file, Object key, boolean shared) throws IOException {
        FileChannel channel = FileChannel.open(file, shared ? StandardOpenOption.READ : StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock(0, Long.MAX_VALUE, shared) != null && key.equals(key(file));
            if (!locked) {
                return Optional.empty();
            }
            Held held = new Held(channel, shared);
            HELD.put(key, held);
            return Optional.of(new ImageLock(key, held));
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static Object key(Path file) throws IOException {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        return key != null ? key : file.toRealPath();
    }

    private static ConfigurationException unlockable(Path file, IOException cause) {
        return new ConfigurationException("Lock file " + file + " cannot be locked: " + cause + ".", cause);
    }

    @Override
    public void close() {
        synchronized (ImageLock.class) {
            if (closed) {
                return;
            }
            closed = true;
            if (--held.holders > 0) {
                return;
            }
            HELD.remove(key);
            try {
                held.channel.close();
            } catch (IOException e) {
                throw new InfrastructureException("A lock file cannot be released: " + e + ".", e);
            }
        }
    }

    /** Says who has a lock, or null when nobody is known to. */
    static synchronized @Nullable String holder(Path file) {
        try {
            Held held = HELD.get(key(file));
            if (held != null) {
                return "this process, " + held.holders + (held.holders == 1 ? " time" : " times");
            }
            String processes = otherProcesses(file);
            return processes.isEmpty() ? null : processes;
        } catch (IOException e) {
            return null;
        }
    }

    /** Linux lists all locks in /proc/locks: {@code 1: POSIX ADVISORY READ 4711 08:01:131 0 EOF}. */
    private static String otherProcesses(Path file) {
        try (Stream<String> locks = Files.lines(Path.of("/proc/locks"))) {
            String inode = ":" + Files.getAttribute(file, "unix:ino") + " ";
            return locks.filter(line -> line.contains(inode))
                    .map(line -> "process " + line.split("\\s+")[4])
                    .distinct()
                    .collect(Collectors.joining(" and "));
        } catch (IOException | RuntimeException e) {
            return "another process";
        }
    }
}
