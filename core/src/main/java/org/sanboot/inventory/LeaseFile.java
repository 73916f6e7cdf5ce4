package org.sanboot.inventory;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * The book on disk, which one thread of one process changes at a time.
 *
 * <p>The lock is the kernel's, so that it ends with the process that holds it. The book is replaced as a whole by a
 * rename: whoever dies in the middle leaves the old one. That also makes links that somebody else planted harmless.
 */
final class LeaseFile {

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private static final Set<PosixFilePermission> ALL_USERS = PosixFilePermissions.fromString("rwxrwxrwx");

    private final Path directory;
    private final Path book;
    private final Path lock;
    private final Set<PosixFilePermission> mode;
    /** The kernel's locks are the process's, so its threads exclude each other by this, whatever class loader they come from. */
    private final Object threads;

    private LeaseFile(Path directory, Set<PosixFilePermission> mode) {
        this.directory = directory;
        this.book = directory.resolve("leases.json");
        this.lock = directory.resolve("lock");
        this.mode = mode;
        this.threads = ("org.sanboot.inventory.LeaseFile " + directory).intern();
    }

    static LeaseFile in(Path directory) {
        try {
            makeDirectory(directory);
            Path real = directory.toRealPath();
            LeaseFile file = new LeaseFile(real, withoutExecution(Files.getPosixFilePermissions(real)));
            file.makeLock();
            return file;
        } catch (AccessDeniedException e) {
            throw new ConfigurationException(
                    "The leases in %s are not for user %s to write; ask whoever made that directory, or set SANBOOT_LEASES."
                            .formatted(directory, System.getProperty("user.name")),
                    e);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot keep leases in %s: %s".formatted(directory, e), e);
        }
    }

    Path directory() {
        return directory;
    }

    /** The umask would take from the others what they need, so the mode is set afterwards. */
    private static void makeDirectory(Path directory) throws IOException {
        if (directory.getParent() != null) {
            Files.createDirectories(directory.getParent());
        }
        try {
            Files.createDirectory(directory);
            Files.setPosixFilePermissions(directory, ALL_USERS);
        } catch (FileAlreadyExistsException e) {
            // Its mode is somebody's decision.
        }
    }

    private static Set<PosixFilePermission> withoutExecution(Set<PosixFilePermission> directory) {
        Set<PosixFilePermission> mode = EnumSet.copyOf(directory);
        mode.removeAll(Set.of(
                PosixFilePermission.OWNER_EXECUTE,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_EXECUTE));
        return mode;
    }

    private void makeLock() throws IOException {
        if (Files.isWritable(lock)) {
            return;
        }
        try {
            Files.createFile(lock);
            Files.setPosixFilePermissions(lock, mode);
        } catch (FileAlreadyExistsException e) {
            // Made by another process in this instant; until its mode is set, another user is told to ask.
        }
    }

    /**
     * Reads the book, lets it be changed, and writes it when it was. An interrupt does not keep it from that, for a test
     * that is interrupted gives its host back; so a thread of its own does it, whose channels no interrupt closes.
     *
     * @param change returns what the caller wants to know
     */
    <T> T change(Function<LeaseBook, T> change) {
        try {
            return CompletableFuture.supplyAsync(() -> changeNow(change), LeaseFile::startThread)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof InfrastructureException known) {
                throw known;
            }
            throw e;
        }
    }

    private static void startThread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-lease-file");
        thread.setDaemon(true);
        thread.start();
    }

    private <T> T changeNow(Function<LeaseBook, T> change) {
        synchronized (threads) {
            return changeLocked(change);
        }
    }

    private <T> T changeLocked(Function<LeaseBook, T> change) {
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assert held.isValid();
            LeaseBook.Page before = read();
            LeaseBook working = new LeaseBook(before.hosts(), before.queue());
            T result = change.apply(working);
            LeaseBook.Page after = working.page();
            if (!after.equals(before)) {
                write(after);
            }
            return result;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot use the leases in %s: %s".formatted(book, e), e);
        }
    }

    /** Reads without the lock, for the rename makes every book that can be seen a whole one. */
    LeaseBook.Page read() {
        try {
            return JSON.readValue(book.toFile(), LeaseBook.Page.class);
        } catch (FileNotFoundException e) {
            return new LeaseBook.Page(Map.of(), List.of());
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The leases in %s cannot be read; when no test runs on this machine, remove the file: %s"
                            .formatted(book, e),
                    e);
        }
    }

    private void write(LeaseBook.Page page) throws IOException {
        Path next = Files.createTempFile(book.getParent(), "leases", ".tmp");
        try {
            Files.setPosixFilePermissions(next, mode);
            try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(JSON.writeValueAsBytes(page)));
                channel.force(true);
            }
            Files.move(next, book, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(next);
        }
    }
}
