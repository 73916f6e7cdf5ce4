package org.sanboot.process;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A lock of the kernel on a file, held until it is closed or its process ends, whatever ends it.
 *
 * <p>Such locks belong to a process as a whole (fcntl(2), "Advisory record locking"): it can take each only once, and loses it
 * when it closes any channel on that file. So a process's locks are counted, by what the kernel knows the file by, whatever
 * path leads to it, and no lock file is opened anywhere else. Class loaders that have each loaded this class count together.
 *
 * <p>Thread-safe; closing again does nothing.
 */
public final class ProcessLock implements AutoCloseable {

    /**
     * All of this process's locks, by device and inode; guarded by itself. What is in it are classes of the JDK, which are the
     * same for all class loaders.
     */
    private static final Map<Object, List<Object>> HELD = ofThisProcess();

    private static final long FIRST_PAUSE = Duration.ofMillis(1).toNanos();
    private static final long LONGEST_PAUSE = Duration.ofMillis(20).toNanos();

    /** What is in the map, as this class loader sees it. */
    private record Held(FileChannel channel, boolean shared, AtomicInteger holders) {

        static @Nullable Held of(Object key) {
            List<Object> held = HELD.get(key);
            return held == null
                    ? null
                    : new Held((FileChannel) held.get(0), (boolean) held.get(1), (AtomicInteger) held.get(2));
        }

        void remember(Object key) {
            HELD.put(key, List.of(channel, shared, holders));
        }
    }

    private final Object key;
    private final Held held;
    private boolean closed;

    private ProcessLock(Object key, Held held) {
        this.key = key;
        this.held = held;
    }

    /** The system properties are what all class loaders see; one that is no string is in none of their listings. */
    @SuppressWarnings("unchecked")
    private static Map<Object, List<Object>> ofThisProcess() {
        return (Map<Object, List<Object>>) System.getProperties()
                .computeIfAbsent(ProcessLock.class.getName(), name -> new HashMap<Object, List<Object>>());
    }

    /**
     * Takes a lock that others may share.
     *
     * @param file that is locked
     * @return the lock, or nothing when somebody has it alone or the file is gone
     * @throws IOException when the file cannot be read or locked
     */
    public static Optional<ProcessLock> shared(Path file) throws IOException {
        return acquire(file, true);
    }

    /**
     * Takes a lock for this holder alone, and makes the file if need be.
     *
     * @param file that is locked
     * @return the lock, or nothing when somebody has it
     * @throws IOException when the file cannot be made, written or locked
     */
    public static Optional<ProcessLock> exclusive(Path file) throws IOException {
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException e) {
            // As it is from the second time on.
        }
        return acquire(file, false);
    }

    /**
     * Waits for a lock for this holder alone; an interrupt is put off until then.
     *
     * @param file that is locked
     * @param patience how long at most
     * @return the lock, or nothing when somebody has had it all the time
     * @throws IOException when the file cannot be made, written or locked
     */
    public static Optional<ProcessLock> exclusive(Path file, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        long pause = FIRST_PAUSE;
        boolean interrupted = false;
        try {
            while (true) {
                Optional<ProcessLock> lock = exclusive(file);
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

    private static Optional<ProcessLock> acquire(Path file, boolean shared) throws IOException {
        boolean interrupted = Thread.interrupted(); // which would close the channel
        try {
            synchronized (HELD) {
                Object key = key(file);
                Held held = Held.of(key);
                if (held == null) {
                    return lock(file, key, shared);
                }
                if (!shared || !held.shared()) {
                    return Optional.empty();
                }
                held.holders().incrementAndGet();
                return Optional.of(new ProcessLock(key, held));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The file may be removed or replaced between any two steps: what was locked must still be what has the name. */
    private static Optional<ProcessLock> lock(Path file, Object key, boolean shared) throws IOException {
        FileChannel channel = FileChannel.open(file, shared ? StandardOpenOption.READ : StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = channel.tryLock(0, Long.MAX_VALUE, shared) != null && key.equals(key(file));
            if (!locked) {
                return Optional.empty();
            }
            Held held = new Held(channel, shared, new AtomicInteger(1));
            held.remember(key);
            return Optional.of(new ProcessLock(key, held));
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

    @Override
    public void close() {
        synchronized (HELD) {
            if (closed) {
                return;
            }
            closed = true;
            if (held.holders().decrementAndGet() > 0) {
                return;
            }
            HELD.remove(key);
            try {
                held.channel().close();
            } catch (IOException e) {
                // The descriptor is gone all the same, and the lock with it.
            }
        }
    }

    /**
     * Says who has a lock.
     *
     * @param file that is locked
     * @return the processes, for messages; null when nobody is known to have it
     */
    public static @Nullable String holder(Path file) {
        synchronized (HELD) {
            try {
                Held held = Held.of(key(file));
                if (held != null) {
                    int holders = held.holders().get();
                    return "this process, " + holders + (holders == 1 ? " time" : " times");
                }
                String processes = otherProcesses(file);
                return processes.isEmpty() ? null : processes;
            } catch (IOException e) {
                return null;
            }
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
