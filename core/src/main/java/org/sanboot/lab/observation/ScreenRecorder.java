package org.sanboot.lab.observation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.Machine;
import org.sanboot.machine.Machine.Capability;
import org.sanboot.machine.Picture;

/**
 * Takes a picture of a machine's screen every few seconds and keeps those that show something else than the last one that
 * was kept, a blinking cursor aside.
 *
 * <p>Thread-safe; one thread of its own takes the pictures.
 */
final class ScreenRecorder implements AutoCloseable {

    private static final int SECONDS_BETWEEN = 3;

    /** The first pictures show how the boot went and the last ones how it ended; a long test's middle is dropped. */
    private static final int FIRST_KEPT = 10;

    private static final int LAST_KEPT = 30;

    private final Machine machine;
    private final Path directory;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(ScreenRecorder::thread);
    private final Map<Instant, Path> first = new LinkedHashMap<>();
    private final Deque<Map.Entry<Instant, Path>> last = new ArrayDeque<>();
    private byte @Nullable [] latest;
    private @Nullable Picture lastKept;
    private volatile Consumer<byte[]> viewer = picture -> {};
    private int taken;

    ScreenRecorder(Machine machine, Path directory) {
        this.machine = machine;
        this.directory = directory;
        var unused = clock.scheduleWithFixedDelay(this::look, SECONDS_BETWEEN, SECONDS_BETWEEN, TimeUnit.SECONDS);
    }

    /** Who views a picture takes his time, and a failure is not to wait for him. */
    private void look() {
        byte[] content = capture();
        if (content != null) {
            viewer.accept(content);
        }
    }

    /** Takes a picture, unless the machine is off or the screen still shows the same. */
    void captureNow() {
        var unused = capture();
    }

    private synchronized byte @Nullable [] capture() {
        if (!machine.isOn() || !machine.can(Capability.SCREENSHOT)) {
            return null;
        }
        Path picture = directory.resolve(taken + ".png");
        try {
            Files.createDirectories(directory);
            machine.screenshot(picture);
            byte[] content = Files.readAllBytes(picture);
            if (!isNews(content)) {
                Files.delete(picture);
                return content;
            }
            taken++;
            keep(Instant.now(), picture);
            return content;
        } catch (IOException | InfrastructureException | IllegalStateException e) {
            // The machine went off meanwhile, or the disk is full: a picture less.
            return null;
        }
    }

    /** Most pictures are equal to the byte, and are not decoded. */
    private boolean isNews(byte[] content) {
        if (Arrays.equals(content, latest)) {
            return false;
        }
        latest = content;
        Picture picture = Picture.decode(content).orElse(null);
        if (picture != null && lastKept != null && picture.showsTheSameAs(lastKept)) {
            return false;
        }
        lastKept = picture;
        return true;
    }

    private void keep(Instant now, Path picture) throws IOException {
        if (first.size() < FIRST_KEPT) {
            first.put(now, picture);
            return;
        }
        last.addLast(Map.entry(now, picture));
        if (last.size() > LAST_KEPT) {
            Files.deleteIfExists(last.removeFirst().getValue());
        }
    }

    /** Has somebody look at every picture, also at those that show the same as the one before. */
    void show(Consumer<byte[]> viewer) {
        this.viewer = viewer;
    }

    /** Returns the pictures that were kept, the oldest first. */
    synchronized Map<Instant, Path> pictures() {
        Map<Instant, Path> all = new LinkedHashMap<>(first);
        last.forEach(entry -> all.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(all);
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-screen");
        thread.setDaemon(true);
        return thread;
    }
}
