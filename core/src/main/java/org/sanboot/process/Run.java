package org.sanboot.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;

/**
 * Everything that one JVM starts and scratches, recorded on disk so that it ends with the JVM however that ends.
 *
 * <p>A run is a directory with a lock that the JVM holds, one record for each process it started, and scratch files.
 * Three things clear it away, whichever comes first: {@link #close()}, the shutdown hook after Ctrl-C or SIGTERM, and the
 * {@linkplain Reaper reaper}, a process of its own that notices the JVM's death by the end of its standard input. What
 * a power cut left is cleared by the next run that opens in the same directory. What is {@linkplain Rescue to be saved} is
 * moved away first, whoever clears.
 *
 * <p>Thread-safe.
 */
public final class Run implements AutoCloseable {

    private static final String LOCK = "owner.lock";
    private static final String OWNER = "owner";
    private static final FileAttribute<?> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;
    private final Path socketDirectory;
    private final FileChannel lockChannel;
    private final FileLock lock;
    private final Process reaper;
    private final Thread shutdownHook;
    private final List<Runnable> beforeEnd = new ArrayList<>();
    private volatile Consumer<List<Path>> rescued = places -> {};
    private final AtomicBoolean closed = new AtomicBoolean();

    private Run(Path directory, Path socketDirectory, FileChannel lockChannel, FileLock lock, Process reaper) {
        this.directory = directory;
        this.socketDirectory = socketDirectory;
        this.lockChannel = lockChannel;
        this.lock = lock;
        this.reaper = reaper;
        this.shutdownHook = new Thread(this::end, "sanboot-shutdown");
    }

    /**
     * Starts a run, after clearing away what runs that died in the same place have left.
     *
     * @param parent the directory that holds all runs of a user; made when it is missing
     * @return the run, to be closed
     */
    public static Run open(Path parent) {
        try {
            Path runs = Files.createDirectories(parent).toRealPath();
            sweep(runs);
            // Named with a dot until it is locked, so that another run's sweep does not take it for a dead one.
            String name = UUID.randomUUID().toString().substring(0, 8);
            Path unfinished = Files.createDirectory(runs.resolve("." + name), PRIVATE);
            FileChannel channel =
                    FileChannel.open(unfinished.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            FileLock lock = channel.lock();
            Files.writeString(unfinished.resolve(OWNER), thisJvm());
            Files.createDirectory(unfinished.resolve(Reaper.PROCESSES));
            Path directory = runs.resolve(name);
            Files.move(unfinished, directory);
            Process reaper = Reaper.start(directory);
            Run run = new Run(directory, createSocketDirectory(directory), channel, lock, reaper);
            Runtime.getRuntime().addShutdownHook(run.shutdownHook);
            return run;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot make a directory for this run under " + parent + ": " + e, e);
        }
    }

    /**
     * Returns the directory, which is removed at the end with all that is in it.
     *
     * @return on the same file system as the parent that the run was opened in
     */
    public Path directory() {
        return directory;
    }

    /**
     * Returns what the run goes by, unique on this host.
     *
     * @return the name of its directory
     */
    public String name() {
        return String.valueOf(directory.getFileName());
    }

    /**
     * Returns a directory for UNIX sockets, whose addresses are limited to 107 bytes (sun_path of unix(7)) wherever the
     * run's own directory may lie.
     *
     * @return short, open to this user alone, and removed with the run
     */
    public Path socketDirectory() {
        return socketDirectory;
    }

    /**
     * Starts a process that does not outlive the run.
     *
     * <p>The process records itself and then becomes the program: there is no instant at which it runs and nobody knows
     * of it.
     *
     * @param builder the program with its arguments, redirections and environment
     * @return the running program
     * @throws IOException when it cannot be started
     */
    public Process start(ProcessBuilder builder) throws IOException {
        if (closed.get()) {
            throw new IllegalStateException("the run has ended");
        }
        List<String> program = List.copyOf(builder.command());
        Path record =
                directory.resolve(Reaper.PROCESSES).resolve(UUID.randomUUID().toString());
        List<String> recorded = new ArrayList<>(Reaper.recording(record));
        recorded.addAll(program);
        Process process = builder.command(recorded).start();
        builder.command(program);
        var unused = process.onExit().thenRun(() -> deleteQuietly(record));
        return process;
    }

    /**
     * Adds something to do first when the run ends in good order or by a signal, such as keeping what is of value.
     *
     * @param action must be quick and must not throw
     */
    public void beforeEnd(Runnable action) {
        synchronized (beforeEnd) {
            beforeEnd.add(action);
        }
    }

    /**
     * Tells whether the run is being ended, or has ended: what happens to its processes from now on says nothing.
     *
     * @return true from the beginning of {@link #close()}, or of the JVM's shutdown
     */
    public boolean hasEnded() {
        return closed.get();
    }

    /**
     * Sets who is told what was {@linkplain Rescue saved}, if anything was, when the run has ended in good order or by a
     * signal.
     *
     * @param listener is given the places; must be quick and must not throw
     */
    public void whenRescued(Consumer<List<Path>> listener) {
        rescued = listener;
    }

    /**
     * Ends every process and removes the directory, but for what is {@linkplain Rescue to be saved}. Closing again does
     * nothing.
     */
    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            // The JVM is on its way down, and the hook has run or is running.
        }
    }

    private void end() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        List<Runnable> actions;
        synchronized (beforeEnd) {
            actions = new ArrayList<>(beforeEnd);
        }
        actions.forEach(Runnable::run);
        List<Path> places = Rescue.places(directory);
        try {
            // The reaper does the same work after a kill -9; it is told to do it now, and waited for.
            reaper.getOutputStream().close();
            if (!reaper.waitFor(10, TimeUnit.SECONDS) || Files.exists(directory)) {
                // Somebody ended the reaper itself.
                Reaper.reap(directory);
            }
            List<Path> there = places.stream().filter(Files::exists).toList();
            if (!there.isEmpty()) {
                rescued.accept(there);
            }
            lock.release();
            lockChannel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The link that the reaper follows comes first: there is no instant at which the directory exists unknown to it. */
    private static Path createSocketDirectory(Path run) throws IOException {
        Path sockets = shortParent().resolve("sanboot-" + UUID.randomUUID());
        Files.createSymbolicLink(run.resolve(Reaper.SOCKETS), sockets);
        return Files.createDirectory(sockets, PRIVATE);
    }

    private static Path shortParent() {
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        return runtime != null && runtime.length() <= 16 && Files.isWritable(Path.of(runtime))
                ? Path.of(runtime)
                : Path.of("/tmp");
    }

    private static void sweep(Path parent) throws IOException {
        try (var runs = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path run : runs) {
                if (!isBeingMade(run) && !isOurs(run) && isDead(run)) {
                    Reaper.reap(run);
                }
            }
        }
    }

    private static boolean isBeingMade(Path run) {
        try {
            return run.getFileName().toString().startsWith(".")
                    && Files.getLastModifiedTime(run)
                            .toInstant()
                            .isAfter(Instant.now().minusSeconds(60));
        } catch (IOException e) {
            // Made and renamed since it was listed.
            return true;
        }
    }

    /**
     * Looking at a lock of our own would lose it, for closing any channel to a file drops the process's fcntl locks. The
     * run tells on disk whose it is, because a class that was loaded twice shares nothing else with its twin.
     */
    private static boolean isOurs(Path run) {
        try {
            return Files.readString(run.resolve(OWNER)).equals(thisJvm());
        } catch (IOException e) {
            // Half made or half removed when its JVM died.
            return false;
        }
    }

    /** The start goes with the number, which another process may get later. */
    private static String thisJvm() {
        ProcessHandle self = ProcessHandle.current();
        return self.pid() + " "
                + self.info().startInstant().map(Instant::toString).orElse("");
    }

    private static boolean isDead(Path run) {
        try (FileChannel channel = FileChannel.open(run.resolve(LOCK), StandardOpenOption.WRITE);
                @Nullable FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (IOException e) {
            // No lock file: half removed by a reaper that was itself stopped.
            return !Files.exists(run.resolve(LOCK));
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // The record's directory is on its way out, and the record with it.
        }
    }
}
