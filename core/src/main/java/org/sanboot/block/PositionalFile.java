package org.sanboot.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockIoException.Reason;

/**
 * A file that is read and written at given positions by many threads, and that an interrupt cannot close.
 *
 * <p>{@link FileChannel} closes itself for everybody when one of its threads is interrupted. Here the interrupted
 * thread, and whoever else was in the channel, open the file again and repeat what they did: a positional read or write
 * may be repeated without harm. The interrupt is set again when the call returns.
 */
final class PositionalFile implements AutoCloseable {

    /** With less room than this an error of unknown wording is taken for a full disk. */
    private static final long NO_ROOM = 1 << 20;

    /** Opens the host's file; tests put one between that fails. */
    @FunctionalInterface
    interface Opener {
        FileChannel open(Path path, Set<? extends OpenOption> options) throws IOException;
    }

    private final @Nullable Object identity;
    private final Opener opener;
    private volatile Path path;
    private volatile Set<? extends OpenOption> options;
    private volatile FileChannel channel;
    private volatile boolean closed;

    private PositionalFile(Path path, Set<? extends OpenOption> options, Opener opener) throws IOException {
        this.path = path.toAbsolutePath();
        this.options = options;
        this.opener = opener;
        this.channel = opener.open(path, options);
        this.identity = identity();
    }

    static PositionalFile openForReading(Path path) {
        try {
            if (Files.isDirectory(path)) {
                throw new ConfigurationException("Disk file " + path + " is a directory.");
            }
            return new PositionalFile(path, Set.of(StandardOpenOption.READ), FileChannel::open);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("Disk file " + path + " does not exist.", e);
        } catch (IOException e) {
            throw new ConfigurationException("Disk file " + path + " cannot be opened for reading: " + e + ".", e);
        }
    }

    static PositionalFile openForWriting(Path path, Opener opener) {
        try {
            return new PositionalFile(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE), opener);
        } catch (IOException e) {
            throw new ConfigurationException("Disk file " + path + " cannot be opened for writing: " + e + ".", e);
        }
    }

    static PositionalFile create(Path path, Opener opener) {
        Set<StandardOpenOption> reopening = Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean interrupted = Thread.interrupted();
        try {
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)
                    .close();
            return new PositionalFile(path, reopening, opener);
        } catch (IOException e) {
            throw new ConfigurationException("Disk file " + path + " cannot be created: " + e + ".", e);
        } finally {
            restore(interrupted);
        }
    }

    Path path() {
        return path;
    }

    /** Returns what only this file is equal to. */
    Object identityOrPath() {
        return identity != null ? identity : path;
    }

    /** Follows a rename. */
    void movedTo(Path newPath) {
        path = newPath.toAbsolutePath();
    }

    /** Follows a rename; from here on the file is only read. */
    void sealedAs(Path newPath) {
        options = Set.of(StandardOpenOption.READ);
        movedTo(newPath);
    }

    long size() {
        try {
            long size = Files.size(path);
            return size == 0 ? sizeOfDevice() : size;
        } catch (IOException e) {
            throw failure("size cannot be read", 0, e);
        }
    }

    /** A block device has no size as a file. */
    private long sizeOfDevice() throws IOException {
        return Files.isRegularFile(path) ? 0 : channel.size();
    }

    void read(long offset, ByteBuffer destination) {
        int start = destination.position();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    readFully(current, offset, destination);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current);
                } catch (ClosedChannelException e) {
                    reopen(current);
                } catch (IOException e) {
                    throw failure("cannot be read", offset, e);
                }
                destination.position(start);
            }
        } finally {
            restore(interrupted);
        }
    }

    private void readFully(FileChannel current, long offset, ByteBuffer destination) throws IOException {
        long position = offset;
        while (destination.hasRemaining()) {
            int count = current.read(destination, position);
            if (count < 0) {
                throw new BlockIoException(
                        Reason.MEDIUM,
                        "Disk file %s ends at byte %d, but byte %d was expected in it; it was cut short while in use."
                                .formatted(path, current.size(), position + destination.remaining() - 1),
                        null);
            }
            position += count;
        }
    }

    void write(long offset, ByteBuffer source) {
        int start = source.position();
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    long position = offset;
                    while (source.hasRemaining()) {
                        position += current.write(source, position);
                    }
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current);
                } catch (ClosedChannelException e) {
                    reopen(current);
                } catch (IOException e) {
                    throw failure("cannot be written", offset, e);
                }
                source.position(start);
            }
        } finally {
            restore(interrupted);
        }
    }

    /** Waits until the host's disk has everything that was written. */
    void force() {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                FileChannel current = channel;
                try {
                    current.force(false);
                    return;
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                    reopen(current);
                } catch (ClosedChannelException e) {
                    reopen(current);
                } catch (IOException e) {
                    throw failure("cannot be brought to the host's disk", 0, e);
                }
            }
        } finally {
            restore(interrupted);
        }
    }

    private synchronized void reopen(FileChannel failed) {
        if (closed) {
            throw new IllegalStateException("Disk file " + path + " is closed.");
        }
        if (channel != failed) {
            return;
        }
        try {
            if (identity != null && !identity.equals(identity())) {
                throw new BlockIoException(
                        Reason.MEDIUM, "Disk file " + path + " was replaced by another file while in use.", null);
            }
            channel = opener.open(path, options);
        } catch (IOException e) {
            throw failure("cannot be opened again after an interrupt", 0, e);
        }
    }

    private @Nullable Object identity() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private BlockIoException failure(String what, long offset, IOException cause) {
        boolean full = isFull(cause);
        String likely = full ? "; the host's disk is full" : "";
        return new BlockIoException(
                full ? Reason.NO_SPACE : Reason.MEDIUM,
                "Disk file %s %s at byte %d%s: %s.".formatted(path, what, offset, likely, cause.getMessage()),
                cause);
    }

    /** Java passes on the C library's message, which may be in the user's language, but not the error number. */
    private boolean isFull(IOException cause) {
        String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("no space left") || message.contains("quota exceeded")) {
            return true;
        }
        try {
            return Files.getFileStore(path).getUsableSpace() < NO_ROOM;
        } catch (IOException e) {
            return false;
        }
    }

    private static void restore(boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw failure("cannot be closed", 0, e);
        }
    }
}
