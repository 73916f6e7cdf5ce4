package org.sanboot.image;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * Locks of the kernel on files, which end with their process whatever ends it.
 *
 * <p>They belong to a process as a whole: it can take each only once, and loses it when it closes any channel on that
 * file. So all of a process's locks are counted here, and no lock file is opened anywhere else. All methods are
 * synchronized on the class.
 */
final class ImageLock {

    private static final Map<Path, ImageLock> HELD = new HashMap<>();

    private final FileChannel channel;
    private final boolean shared;
    private int holders = 1;

    private ImageLock(FileChannel channel, boolean shared) {
        this.channel = channel;
        this.shared = shared;
    }

    /**
     * Takes a lock that others may share.
     *
     * @return whether that worked
     */
    static synchronized boolean acquireShared(Path file) {
        Path key = key(file);
        ImageLock held = HELD.get(key);
        if (held != null) {
            held.holders += held.shared ? 1 : 0;
            return held.shared;
        }
        return lock(key, true);
    }

    /** Takes a lock for this holder alone, and makes the file if need be. */
    static synchronized boolean acquireExclusive(Path file) {
        Path key = key(file);
        return !HELD.containsKey(key) && lock(key, false);
    }

    private static boolean lock(Path key, boolean shared) {
        boolean interrupted = Thread.interrupted(); // which would close the channel
        try {
            FileChannel channel = shared
                    ? FileChannel.open(key, StandardOpenOption.READ)
                    : FileChannel.open(key, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            FileLock lock = channel.tryLock(0, Long.MAX_VALUE, shared);
            if (lock == null) {
                channel.close();
                return false;
            }
            HELD.put(key, new ImageLock(channel, shared));
            return true;
        } catch (IOException e) {
            throw new ConfigurationException("Lock file " + key + " cannot be locked: " + e + ".", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static synchronized void release(Path file) {
        Path key = key(file);
        ImageLock held = HELD.get(key);
        if (held == null || --held.holders > 0) {
            return;
        }
        HELD.remove(key);
        try {
            held.channel.close();
        } catch (IOException e) {
            throw new InfrastructureException("Lock file " + key + " cannot be released: " + e + ".", e);
        }
    }

    /** Says who has a lock, or null when nobody is known to. */
    static synchronized @Nullable String holder(Path file) {
        ImageLock held = HELD.get(key(file));
        if (held != null) {
            return "this process, " + held.holders + (held.holders == 1 ? " time" : " times");
        }
        String processes = otherProcesses(file);
        return processes.isEmpty() ? null : processes;
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

    /** A file that is reached by two paths is one file to the kernel. */
    private static Path key(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        try {
            return Objects.requireNonNull(absolute.getParent()).toRealPath().resolve(absolute.getFileName());
        } catch (IOException e) {
            return absolute;
        }
    }
}
