package org.sanboot.install;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.Machine;

/**
 * Looks at a machine's screen every few seconds, and says when it shows what it has not shown before: a cursor that blinks
 * or a wheel that turns is no sign of life.
 *
 * <p>Thread-safe; one thread of its own takes the pictures.
 */
final class ScreenWatch implements AutoCloseable {

    private static final int SECONDS_BETWEEN = 3;

    /** Some minutes of an installation that shows its progress, and every picture of one that stands still. */
    private static final int KEPT = 100;

    private final Machine machine;
    private final Path directory;
    private final Consumer<Path> isNew;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(ScreenWatch::thread);
    private final Set<String> seen = new HashSet<>();
    private final Deque<Path> kept = new ArrayDeque<>();
    private int taken;

    /**
     * Begins to look.
     *
     * @param directory where the pictures go
     * @param isNew is told of each picture that shows something new
     */
    ScreenWatch(Machine machine, Path directory, Consumer<Path> isNew) {
        this.machine = machine;
        this.directory = directory;
        this.isNew = isNew;
        var unused = clock.scheduleWithFixedDelay(this::look, SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    }

    /** Takes a picture, unless the machine is off or the screen shows what it has shown before. */
    void look() {
        Path picture = take();
        if (picture != null) {
            isNew.accept(picture);
        }
    }

    private synchronized @Nullable Path take() {
        if (!machine.isOn()) {
            return null;
        }
        Path picture = directory.resolve("%05d.png".formatted(taken));
        try {
            Files.createDirectories(directory);
            machine.screenshot(picture);
            if (!seen.add(digest(picture))) {
                Files.delete(picture);
                return null;
            }
            taken++;
            kept.addLast(picture);
            if (kept.size() > KEPT) {
                Files.deleteIfExists(kept.removeFirst());
            }
            return picture;
        } catch (IOException | InfrastructureException | IllegalStateException e) {
            // The machine went off meanwhile, or the disk is full: a picture less.
            return null;
        }
    }

    /** Returns the latest picture that showed something new. */
    synchronized Optional<Path> latest() {
        return Optional.ofNullable(kept.peekLast());
    }

    private static String digest(Path picture) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(picture)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-install-screen");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
