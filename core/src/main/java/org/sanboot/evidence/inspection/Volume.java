package org.sanboot.evidence.inspection;

import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;

/**
 * A partition, or a disk without partitions, with its file system.
 *
 * <p>Paths are absolute. On NTFS they may be written as Windows does, with a drive letter, which is ignored, and
 * backslashes; upper and lower case do not matter there. Not thread-safe.
 */
public final class Volume {

    private static final int MOST_LINKS = 40;

    private final Partition partition;
    private final String fileSystem;
    private final Tools tools;
    private final Supplier<Path> source;
    private @Nullable Path device;

    Volume(Partition partition, String fileSystem, Tools tools, Supplier<Path> source) {
        this.partition = partition;
        this.fileSystem = fileSystem;
        this.tools = tools;
        this.source = source;
    }

    /**
     * Returns the number of the partition.
     *
     * @return from 1 on; 0 for a disk without partitions
     */
    public int number() {
        return partition.number();
    }

    /**
     * Returns where it begins.
     *
     * @return bytes from the beginning of the disk
     */
    public long offset() {
        return partition.offset();
    }

    /**
     * Returns its size.
     *
     * @return in bytes
     */
    public long bytes() {
        return partition.bytes();
    }

    /**
     * Returns the kind of its file system.
     *
     * @return such as {@code ext4} or {@code ntfs}; empty when it is none that can be read here
     */
    public String fileSystem() {
        return fileSystem;
    }

    boolean isReadable() {
        return !fileSystem.isEmpty();
    }

    /**
     * Lists a directory.
     *
     * @param path the directory; a symbolic link to one is followed
     * @return its entries by name; just the file itself when it is no directory
     */
    public List<Entry> list(String path) {
        Optional<Entry> found = find(path);
        if (found.isPresent() && !found.get().isDirectory()) {
            return List.of(found.get());
        }
        return children(found.orElse(null)).stream()
                .sorted(Comparator.comparing(Entry::path))
                .toList();
    }

    /**
     * Lists everything.
     *
     * @return all entries by path
     */
    public List<Entry> walk() {
        return entries("fls", "-r", "-p", "-u", "-m", "/", device().toString()).stream()
                .sorted(Comparator.comparing(Entry::path))
                .toList();
    }

    /**
     * Writes the content of a file.
     *
     * @param path the file; symbolic links are followed
     * @param destination receives it, and is not closed
     */
    public void copy(String path, OutputStream destination) {
        Entry entry = find(path)
                .filter(found -> !found.isDirectory())
                .orElseThrow(() -> new ConfigurationException("%s is a directory.".formatted(path)));
        if (entry.type() != '-') {
            throw new ConfigurationException("%s is no regular file.".formatted(path));
        }
        Tools.Result result = tools.run(destination, "icat", device().toString(), entry.address());
        if (result.status() != 0) {
            throw new InfrastructureException("%s cannot be read: %s".formatted(path, result.lastError()));
        }
    }

    /** Returns the entry, or nothing for the root. */
    private Optional<Entry> find(String path) {
        Deque<String> parts = parts(path);
        Deque<Entry> parents = new ArrayDeque<>();
        int links = 0;
        while (!parts.isEmpty()) {
            String part = parts.removeFirst();
            if (part.equals("..")) {
                parents.pollLast();
                continue;
            }
            Entry entry = child(parents.peekLast(), part, path);
            if (entry.target() != null) {
                if (++links > MOST_LINKS) {
                    throw new ConfigurationException("%s leads through too many symbolic links.".formatted(path));
                }
                if (entry.target().startsWith("/")) {
                    parents.clear();
                }
                parts(entry.target()).descendingIterator().forEachRemaining(parts::addFirst);
            } else {
                parents.addLast(entry);
            }
        }
        return Optional.ofNullable(parents.peekLast());
    }

    private Entry child(@Nullable Entry directory, String name, String wanted) {
        boolean exact = !fileSystem.equals("ntfs");
        return children(directory).stream()
                .filter(entry ->
                        exact ? entry.name().equals(name) : entry.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("There is no %s on %s.".formatted(wanted, this)));
    }

    private List<Entry> children(@Nullable Entry directory) {
        if (directory == null) {
            return entries("fls", "-u", "-m", "/", device().toString());
        }
        if (!directory.isDirectory()) {
            return List.of();
        }
        return entries("fls", "-u", "-m", directory.path(), device().toString(), directory.address());
    }

    private List<Entry> entries(String program, String... arguments) {
        return tools.require(program, arguments)
                .lines()
                .map(Entry::parse)
                .flatMap(Optional::stream)
                .filter(entry -> !entry.name().equals(".") && !entry.name().equals(".."))
                .toList();
    }

    private Deque<String> parts(String path) {
        String plain =
                fileSystem.equals("ntfs") ? path.replaceFirst("^[A-Za-z]:", "").replace('\\', '/') : path;
        Deque<String> parts = new ArrayDeque<>();
        for (String part : plain.split("/+")) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return parts;
    }

    /** Made ready when it is first needed: a journal may have to be replayed, or the volume to be copied. */
    private Path device() {
        if (!isReadable()) {
            throw new ConfigurationException(
                    "The file system of %s cannot be read here; guestfish may know it: guestfish --ro -i -a DISK"
                            .formatted(this));
        }
        Path ready = device;
        if (ready == null) {
            ready = source.get();
            device = ready;
        }
        return ready;
    }

    /** Names it for a message. */
    @Override
    public String toString() {
        String what = fileSystem.isEmpty() ? "" : " (" + fileSystem + ")";
        return (number() == 0 ? "the disk" : "partition " + number()) + what;
    }
}
