package org.sanboot.lab.budget;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.lab.Demand;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * What each JVM with one home holds of the budget, in a directory: for each a file that says it, and one that is locked for
 * as long as the JVM lives. What a dead one held is free at once.
 *
 * <p>Changes are made under a lock on a third file. A JVM never opens a lock file of its own again, because closing any
 * channel to a file drops the process's fcntl locks on it; for two class loaders in one JVM, what belongs to the same
 * process is alive. Thread-safe.
 */
final class SharedLedger implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(SharedLedger.class);

    private static final String ENTRY = ".entry";
    private static final String ALIVE = ".alive";

    /** One for the whole JVM, whatever class loader this class is from: file locks are the process's. */
    private static final Object JVM = "org.sanboot.lab.budget.SharedLedger".intern();

    private static final String PROCESS = process();

    private final Path directory;
    private final String name = PROCESS + UUID.randomUUID();
    private final FileChannel alive;

    private SharedLedger(Path directory) throws IOException {
        this.directory = directory;
        this.alive = FileChannel.open(
                directory.resolve(name + ALIVE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        var unused = alive.lock();
    }

    /**
     * What one JVM has.
     *
     * @param held what it holds
     * @param waitingSince when the first in its queue came, in milliseconds since 1970, or {@link #NOBODY}
     * @param purposes what it holds it for, for people
     */
    record Entry(Demand held, long waitingSince, List<String> purposes) {

        static final long NOBODY = Long.MAX_VALUE;

        private boolean isEmpty() {
            return held.equals(Demand.NONE) && waitingSince == NOBODY;
        }

        private String text() {
            List<String> lines = new ArrayList<>();
            lines.add("%d %d %d".formatted(held.machines(), held.memoryMebibytes(), waitingSince));
            purposes.forEach(purpose -> lines.add(purpose.replace('\n', ' ')));
            return String.join("\n", lines);
        }

        private static Entry parse(String text) {
            List<String> lines = text.lines().toList();
            String[] numbers = lines.get(0).split(" ");
            return new Entry(
                    new Demand(Integer.parseInt(numbers[0]), Long.parseLong(numbers[1])),
                    Long.parseLong(numbers[2]),
                    lines.subList(1, lines.size()));
        }
    }

    static SharedLedger open(Path directory) {
        try {
            Files.createDirectories(directory);
            return locked(directory, () -> new SharedLedger(directory));
        } catch (IOException e) {
            throw failed(directory, e);
        }
    }

    /**
     * Says what this JVM has now. When that cannot be written, on a full disk say, the others think that it has what it had
     * before, until it says something else or ends: what is given back here must not fail for that.
     */
    void publish(Entry entry) {
        try {
            if (entry.isEmpty()) {
                Files.deleteIfExists(directory.resolve(name + ENTRY));
            } else {
                write(entry);
            }
        } catch (IOException e) {
            LOGGER.warn(
                    "Other runs cannot be told what this one uses of the machines in {}: {}", directory, e.toString());
        }
    }

    /**
     * Changes what this JVM has, by what the others have, while none of them changes anything.
     *
     * @param before said first
     * @param change returns what this JVM has then, or null to leave it
     * @return whether it was changed
     */
    boolean transact(Entry before, Function<List<Entry>, @Nullable Entry> change) {
        try {
            return locked(directory, () -> {
                write(before);
                Entry after = change.apply(read());
                if (after != null) {
                    write(after);
                }
                return after != null;
            });
        } catch (IOException e) {
            throw failed(directory, e);
        }
    }

    /** Returns what other living JVMs have. */
    List<Entry> others() {
        try {
            return locked(directory, this::read);
        } catch (IOException e) {
            throw failed(directory, e);
        }
    }

    private List<Entry> read() throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (var files = Files.newDirectoryStream(directory, "*" + ENTRY)) {
            for (Path file : files) {
                String owner = file.getFileName().toString().replace(ENTRY, "");
                if (owner.equals(name)) {
                    continue;
                }
                if (isAlive(owner)) {
                    entries.add(Entry.parse(Files.readString(file)));
                } else {
                    Files.deleteIfExists(file);
                    Files.deleteIfExists(directory.resolve(owner + ALIVE));
                }
            }
        }
        return entries;
    }

    private boolean isAlive(String owner) throws IOException {
        if (owner.startsWith(PROCESS)) {
            return true;
        }
        Path file = directory.resolve(owner + ALIVE);
        if (!Files.exists(file)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                @Nullable FileLock taken = channel.tryLock()) {
            return taken == null;
        }
    }

    private void write(Entry entry) throws IOException {
        Path next = directory.resolve(name + ".next");
        Files.writeString(next, entry.text(), UTF_8);
        Files.move(next, directory.resolve(name + ENTRY), StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(directory.resolve(name + ENTRY));
            Files.deleteIfExists(directory.resolve(name + ALIVE));
            alive.close();
        } catch (IOException e) {
            throw failed(directory, e);
        }
    }

    private interface Step<T> {
        T take() throws IOException;
    }

    private static <T> T locked(Path directory, Step<T> step) throws IOException {
        synchronized (JVM) {
            try (FileChannel channel = FileChannel.open(
                            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.lock()) {
                return step.take();
            }
        }
    }

    /** The start goes with the number, which another process may get later, or have in another container. */
    private static String process() {
        ProcessHandle self = ProcessHandle.current();
        long started = self.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
        return "%d-%d-".formatted(self.pid(), started);
    }

    private static InfrastructureException failed(Path directory, IOException e) {
        return new InfrastructureException(
                "Cannot agree with other runs on the machines of this computer in %s: %s".formatted(directory, e), e);
    }
}
