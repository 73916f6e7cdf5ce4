package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * The directory of a store on disk: failures appear in it, and go from it, at once and whole, by a rename.
 *
 * <p>Many threads and processes may use one directory. What changes it holds its lock, for milliseconds; who builds or uses
 * a failure holds that failure's, and everybody's locks end with their process.
 */
final class FailureDirectory {

    private static final Logger LOG = Logging.logger(FailureDirectory.class);

    private static final String BUILDING = ".building-";
    private static final String DELETED = ".deleted-";
    private static final String LOCK = ".lock";
    static final String USE = ".use";

    private final Path path;

    FailureDirectory(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /** What is done while nobody else changes the directory. */
    interface Action {
        void run() throws IOException;
    }

    /** Does something with the lock held; nothing when there is no directory yet. */
    void locked(Action action) {
        if (Files.exists(path)) {
            try (FileGuard lock = FileGuard.exclusive(path.resolve(LOCK))) {
                action.run();
            } catch (IOException e) {
                throw new InfrastructureException("The failures in " + path + " cannot be changed: " + e, e);
            }
        }
    }

    /** A failure while it is built, with the lock that tells others that somebody is still at it. */
    record Building(Path directory, Failure failure, FileGuard guard) {}

    /** Makes the hidden directory of a new failure, under the first of these ids that is free. The directory is locked. */
    Building begin(Supplier<String> ids) throws IOException {
        while (true) {
            String id = ids.get();
            Path building = path.resolve(BUILDING + id);
            Path published = path.resolve(id);
            if (Files.notExists(published) && Files.notExists(building)) {
                Files.createDirectory(
                        building, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                note(building);
                FileGuard guard = FileGuard.tryExclusive(building.resolve(USE))
                        .orElseThrow(() -> new IOException("somebody else has locked " + building));
                return new Building(building, Failure.in(published), guard);
            }
        }
    }

    /** Without room for the note, an empty file says that it is not known who keeps the failure. */
    private static void note(Path building) {
        try {
            Keeper.note(building, Keeper.PROC);
        } catch (IOException e) {
            LOG.debug("Who keeps {} cannot be noted", building, e);
        }
    }

    /** Makes a failure that is complete appear. */
    void publish(Building building) {
        Failure failure = building.failure();
        try (FileGuard lock = FileGuard.exclusive(path.resolve(LOCK))) {
            Files.move(building.directory(), failure.directory(), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The failure is complete in %s but cannot be moved to %s: %s"
                            .formatted(building.directory(), failure.directory(), e),
                    e);
        }
    }

    /**
     * Clears away what processes that died have left. The directory is locked.
     *
     * @return what appeared because its disk was there already, and which needs to be completed
     */
    List<Failure> recover() throws IOException {
        List<Failure> appeared = new ArrayList<>();
        for (Path leftover : children(name -> name.startsWith(BUILDING) || name.startsWith(DELETED))) {
            try (FileGuard guard = FileGuard.tryExclusive(leftover.resolve(USE)).orElse(null)) {
                String name = leftover.getFileName().toString();
                if (guard != null && name.startsWith(BUILDING) && Files.exists(leftover.resolve(Failure.DISK))) {
                    Path published = path.resolve(name.substring(BUILDING.length()));
                    Files.move(leftover, published, StandardCopyOption.ATOMIC_MOVE);
                    appeared.add(Failure.in(published));
                } else if (guard != null) {
                    Trees.delete(leftover);
                }
            }
        }
        return appeared;
    }

    /** Reads each manifest once; the newest first. */
    Map<Failure, Manifest> manifests() {
        Map<Failure, Manifest> manifests = children(name -> !name.startsWith(".")).stream()
                .map(Failure::in)
                .filter(failure -> Files.exists(failure.disk()))
                .collect(Collectors.toMap(failure -> failure, Failure::manifest));
        Map<Failure, Manifest> newestFirst = new LinkedHashMap<>();
        manifests.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Failure, Manifest> entry) ->
                                entry.getValue().keptAt())
                        .thenComparing(entry -> entry.getKey().id())
                        .reversed())
                .forEach(entry -> newestFirst.put(entry.getKey(), entry.getValue()));
        return newestFirst;
    }

    private List<Path> children(Predicate<String> named) {
        if (Files.notExists(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(entry -> named.test(entry.getFileName().toString()))
                    .filter(Files::isDirectory)
                    .toList();
        } catch (IOException e) {
            throw new InfrastructureException("The failures in " + path + " cannot be read: " + e, e);
        }
    }

    /** Tells whether a failure is here, whole. */
    boolean has(Failure failure) {
        return path.equals(failure.directory().getParent()) && Files.exists(failure.disk());
    }

    /** Takes the lock of a failure that somebody uses, as long as nobody deletes it. */
    static FileGuard use(Failure failure) throws IOException {
        return FileGuard.tryShared(failure.directory().resolve(USE))
                .orElseThrow(() ->
                        new ConfigurationException("The failure %s is just being deleted.".formatted(failure.id())));
    }

    /** Returns false when the failure is in use. The directory is locked. */
    boolean remove(Failure failure) throws IOException {
        try (FileGuard guard =
                FileGuard.tryExclusive(failure.directory().resolve(USE)).orElse(null)) {
            if (guard == null) {
                return false;
            }
            // Out of sight first: a half deleted failure must not be taken for one.
            Path deleted = path.resolve(DELETED + failure.id());
            Files.move(failure.directory(), deleted, StandardCopyOption.ATOMIC_MOVE);
            Trees.delete(deleted);
            return true;
        }
    }
}
