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
import org.sanboot.machine.Picture;

/**
 * Looks at a machine's screen every few seconds, and says when it shows what it has not shown before: a cursor that blinks
 * or a wheel that turns is no sign of life, and what differs as little as a clock's digits is a weak one.
 *
 * <p>Thread-safe; one thread of its own takes the pictures.
 */
final class ScreenWatch implements AutoCloseable {

    private static final int SECONDS_BETWEEN = 3;

    /** Some minutes of an installation that shows its progress, and every picture of one that stands still. */
    private static final int KEPT = 100;

    /** A clock of a desktop, or a percentage, has less; a new page of a wizard more. */
    private static final double LEAST_LARGE = 0.005;

    private final Machine machine;
    private final Path directory;
    private final Consumer<Change> isNew;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(ScreenWatch::thread);
    private final Set<String> seen = new HashSet<>();
    private final Deque<Path> kept = new ArrayDeque<>();
    private int taken;
    private @Nullable Picture lastLarge;
    private volatile @Nullable Path latest;

    /** How much of the screen is new. */
    enum Change {
        SMALL,
        LARGE
    }

    /**
     * Begins to look.
     *
     * @param directory where the pictures go
     * @param isNew is told of each picture that shows something new
     */
    ScreenWatch(Machine machine, Path directory, Consumer<Change> isNew) {
        this.machine = machine;
        this.directory = directory;
        this.isNew = isNew;
        var unused = clock.scheduleWithFixedDelay(this::look, SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    }

    /** Takes a picture, unless the machine is off or the screen shows what it has shown before. */
    void look() {
        Change change = take();
        if (change != null) {
            isNew.accept(change);
        }
    }

    private synchronized @Nullable Change take() {
        if (!machine.isOn()) {
            return null;
        }
        Path picture = directory.resolve("%05d.png".formatted(taken));
        try {
            Files.createDirectories(directory);
            machine.screenshot(picture);
            byte[] content = Files.readAllBytes(picture);
            if (!seen.add(digest(content))) {
                Files.delete(picture);
                return null;
            }
            taken++;
            kept.addLast(picture);
            if (kept.size() > KEPT) {
                Files.deleteIfExists(kept.removeFirst());
            }
            latest = picture;
            return changeTo(content);
        } catch (IOException | InfrastructureException | IllegalStateException e) {
            // The machine went off meanwhile, or the disk is full: a picture less.
            return null;
        }
    }

    /** What changes little by little is compared with the last picture that changed much. */
    private Change changeTo(byte[] content) {
        Picture picture = Picture.decode(content).orElse(null);
        if (picture != null && lastLarge != null && picture.differenceFrom(lastLarge) < LEAST_LARGE) {
            return Change.SMALL;
        }
        lastLarge = picture;
        return Change.LARGE;
    }

    /** Returns the latest picture that showed something new. Does not wait for one that is being taken. */
    Optional<Path> latest() {
        return Optional.ofNullable(latest);
    }

    private static String digest(byte[] picture) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(picture));
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
