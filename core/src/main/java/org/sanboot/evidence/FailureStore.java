package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Where failures are kept: one directory for each under {@code failures} in Sanboot's home.
 *
 * <p>A failure is built in a hidden directory and appears at once, complete, by a rename. When the JVM dies meanwhile, the next
 * user of the store completes what it left as soon as the disk is there. Many threads and processes may use one
 * directory. Immutable and thread-safe; a thread's interrupt does not disturb what it keeps.
 */
public final class FailureStore {

    private static final Logger LOG = Logging.logger(FailureStore.class);
    private static final String INDEX = "index.html";

    private final FailureDirectory directory;
    private final BackingReference backing;
    private final Retention retention;
    private final Executor housekeeper;
    private final Clock clock;
    private final RandomGenerator random;
    private final Keeper.Processes processes;

    private FailureStore(
            FailureDirectory directory,
            BackingReference backing,
            Retention retention,
            Executor housekeeper,
            Clock clock,
            RandomGenerator random,
            Keeper.Processes processes) {
        this.directory = directory;
        this.backing = backing;
        this.retention = retention;
        this.housekeeper = housekeeper;
        this.clock = clock;
        this.random = random;
        this.processes = processes;
    }

    /**
     * Returns the store in a home directory, with the {@linkplain Retention#defaults() default retention}.
     *
     * @param home Sanboot's home; the store is made there when the first failure is kept
     * @return the store
     */
    public static FailureStore at(Path home) {
        return new FailureStore(
                new FailureDirectory(home.toAbsolutePath().normalize().resolve("failures")),
                (image, disk) -> {},
                Retention.defaults(),
                Runnable::run,
                Clock.system(ZoneId.systemDefault()),
                new SecureRandom(),
                Keeper.PROC);
    }

    /**
     * Returns this store with somebody who is told which images the kept disks stand on.
     *
     * @param reference is told of each kept disk
     * @return another store on the same directory
     */
    public FailureStore withBackingReference(BackingReference reference) {
        return new FailureStore(
                directory,
                Objects.requireNonNull(reference, "reference"),
                retention,
                housekeeper,
                clock,
                random,
                processes);
    }

    /**
     * Returns this store with other budgets.
     *
     * @param policy is applied whenever a failure was kept
     * @return another store on the same directory
     */
    public FailureStore withRetention(Retention policy) {
        return new FailureStore(
                directory, backing, Objects.requireNonNull(policy, "policy"), housekeeper, clock, random, processes);
    }

    /**
     * Returns this store with somebody who tidies up: the retention policy and the index need not be done with before a
     * failed test goes on.
     *
     * @param executor runs what follows a failure that was kept, one thing after the other
     * @return another store on the same directory
     */
    public FailureStore withHousekeeper(Executor executor) {
        return new FailureStore(
                directory, backing, retention, Objects.requireNonNull(executor, "executor"), clock, random, processes);
    }

    FailureStore withClock(Clock other, RandomGenerator otherRandom) {
        return new FailureStore(directory, backing, retention, housekeeper, other, otherRandom, processes);
    }

    FailureStore withProcesses(Keeper.Processes other) {
        return new FailureStore(directory, backing, retention, housekeeper, clock, random, other);
    }

    /**
     * Returns the page that leads to the reports of all failures.
     *
     * @return an HTML file, rewritten whenever a failure is kept or deleted
     */
    public Path index() {
        return directory().resolve(INDEX);
    }

    /**
     * Returns where the failures are.
     *
     * @return a directory that may not exist yet
     */
    public Path directory() {
        return directory.path();
    }

    /**
     * Keeps a failure and then applies the retention policy to the others.
     *
     * <p>The disk is sealed first, and then described. Once it was moved, nothing makes this fail: what else cannot be kept is
     * left out, with a remark in the manifest. Messages are kept up to 64 KiB, texts up to 32 MiB each; what is longer
     * says so.
     *
     * @param description of the test and of what it threw
     * @param evidence all that was recorded of its machine
     * @return what was kept
     * @throws InfrastructureException when the disk cannot be kept; it is left where it was
     */
    public Failure keep(FailureDescription description, Evidence evidence) {
        Failure failure =
                new Keeping(directory, backing, clock, random).keep(description, evidence, recovery()::recover);
        afterwards(() -> housekeeper.execute(() -> afterwards(() -> prune(retention))));
        return failure;
    }

    /**
     * Prepares a machine's directory for the case that its JVM ends before there is a verdict: whoever clears the run away then
     * moves the directory into the store, and the failure is listed at once, as interrupted. Preparing it again replaces what
     * was said before, as when the test has failed meanwhile.
     *
     * <p>The machine's directory is moved as a whole. Texts in it get their names in the evidence when the failure is described,
     * which the next user of the store does once this process has ended; whatever else is in it stays in the failure. The
     * secrets of the evidence are not taken out of such texts then, for nobody knows them any more: what may hold some must be
     * written without them.
     *
     * @param description of what runs on the machine, of the kind {@link FailureDescription.Kind#INTERRUPTED} unless it
     *     failed already
     * @param evidence what is known by now; the disk is the file {@code disk.qcow2} in a directory of the machine's own,
     *     directly within that of the {@linkplain org.sanboot.process.Run run} and on the store's file system
     * @throws InfrastructureException when it cannot be written
     */
    public void prepare(FailureDescription description, Evidence evidence) {
        Instant now = clock.instant();
        Path machine = Interruption.directoryOf(evidence);
        String image = evidence.image().name();
        try {
            String id = Interruption.isPrepared(machine)
                    ? ManifestFile.read(machine).id()
                    : FailureId.of(description, now.atZone(clock.getZone()), random);
            Path place = directory().resolve(id);
            // Both, because there is an instant at which the disk is not where it was and is not seen where it will be.
            backing.retain(image, evidence.disk());
            backing.retain(image, place.resolve(Failure.DISK));
            Interruption.prepare(Manifests.of(id, now, description, evidence), evidence, place);
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The machine's directory %s cannot be prepared for an interruption: %s".formatted(machine, e), e);
        }
    }

    /**
     * Takes back that a machine's directory is worth keeping, as when its test has passed.
     *
     * @param machine the directory that was prepared, or not
     * @throws InfrastructureException when it cannot be changed
     */
    public void withdraw(Path machine) {
        try {
            Manifest manifest = Interruption.isPrepared(machine) ? ManifestFile.read(machine) : null;
            Interruption.withdraw(machine);
            if (manifest != null && manifest.image() != null) {
                backing.release(manifest.image().name(), machine.resolve(Failure.DISK));
                backing.release(
                        manifest.image().name(),
                        directory().resolve(manifest.id()).resolve(Failure.DISK));
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "The machine's directory %s cannot be changed: %s".formatted(machine, e), e);
        }
    }

    /**
     * Keeps an imaginary failure and deletes it, in a directory of its own: after that, the first real one takes this JVM no
     * longer than the next ones. Never fails.
     *
     * @param scratch an existing directory, in which nothing is left
     */
    public static void rehearse(Path scratch) {
        try {
            Rehearsal.in(scratch);
        } catch (IOException | RuntimeException e) {
            LOG.debug("The rehearsal went wrong; the first failure takes a little longer to keep", e);
        }
    }

    private Recovery recovery() {
        return new Recovery(directory, backing, processes);
    }

    private static void rewriteReport(Failure failure) {
        try {
            Report.write(failure, failure.directory(), failure.manifest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns what is kept.
     *
     * @return the newest first
     */
    public List<Failure> list() {
        recovery().describeInterrupted();
        return listed();
    }

    private List<Failure> listed() {
        return List.copyOf(directory.manifests().keySet());
    }

    /**
     * Returns the failure in a directory.
     *
     * @param kept the directory
     * @return the failure; nothing when there is none, or the directory is another store's
     */
    public Optional<Failure> in(Path kept) {
        return Optional.of(Failure.in(kept)).filter(directory::has);
    }

    /**
     * Finds a failure.
     *
     * @param id its id, or a beginning of it that no other failure shares
     * @return the failure
     * @throws ConfigurationException when there is none, or more than one; the sentence names those that come near
     */
    public Failure find(String id) {
        return FailureSearch.find(id, list(), directory());
    }

    /**
     * Measures what failures take of the host's disk.
     *
     * @param failures any number of them
     * @return for each that could be measured the allocated bytes, in which the holes of a sparse disk do not count
     */
    public Map<Failure, Long> allocatedBytes(List<Failure> failures) {
        Map<Path, Long> bytes =
                DiskUsage.of(failures.stream().map(Failure::directory).toList());
        return failures.stream()
                .filter(failure -> bytes.containsKey(failure.directory()))
                .collect(Collectors.toMap(
                        failure -> failure, failure -> bytes.getOrDefault(failure.directory(), 0L), (a, b) -> a));
    }

    /**
     * Exempts a failure from retention, and from deletion until it is unpinned.
     *
     * @param failure stays
     */
    public void pin(Failure failure) {
        mark(failure, Failure.PIN, true);
    }

    /**
     * Subjects a failure to retention again.
     *
     * @param failure may go
     */
    public void unpin(Failure failure) {
        mark(failure, Failure.PIN, false);
    }

    /**
     * Notes that the test passed when it was run again.
     *
     * @param failure is called flaky from now on
     */
    public void markFlaky(Failure failure) {
        mark(failure, Failure.FLAKY, true);
    }

    /**
     * Writes a page that leads to the reports of some failures, such as those of one run.
     *
     * @param file the HTML file, replaced when it exists
     * @param failures in the order of the page
     */
    public void writeIndex(Path file, List<Failure> failures) {
        try {
            Index.write(file, failures, allocatedBytes(failures));
        } catch (IOException e) {
            throw new InfrastructureException("The index of failures %s cannot be written: %s".formatted(file, e), e);
        }
    }

    private void refreshIndex() {
        afterwards(() -> writeIndex(index(), listed()));
    }

    private void mark(Failure failure, String name, boolean present) {
        Path mark = failure.directory().resolve(name);
        directory.locked(() -> {
            requireKept(failure);
            if (present && Files.notExists(mark)) {
                Files.createFile(mark);
            } else if (!present) {
                Files.deleteIfExists(mark);
            }
            afterwards(() -> rewriteReport(failure));
            refreshIndex();
        });
    }

    /**
     * Takes a failure into use, so that nobody deletes it.
     *
     * @param failure stays for as long
     * @return to be closed; the process's end closes it too
     * @throws ConfigurationException when it was deleted meanwhile
     */
    public Use use(Failure failure) {
        requireKept(failure);
        try {
            FileGuard guard = FailureDirectory.use(failure);
            if (Files.notExists(failure.disk())) {
                guard.close();
                throw gone(failure);
            }
            return guard::close;
        } catch (IOException e) {
            throw new InfrastructureException("The failure %s cannot be used: %s".formatted(failure.id(), e), e);
        }
    }

    /** A failure in use. */
    @FunctionalInterface
    public interface Use extends AutoCloseable {
        /** Ends the use. */
        @Override
        void close();
    }

    /**
     * Deletes a failure.
     *
     * @param failure is gone afterwards
     * @throws ConfigurationException when it is pinned, in use, or another failure's disk stands on it
     */
    public void delete(Failure failure) {
        directory.locked(() -> {
            requireKept(failure);
            Manifest manifest = failure.manifest();
            String obstacle = Pruning.obstacle(failure, directory.manifests());
            if (obstacle != null) {
                throw new ConfigurationException("The failure %s %s.".formatted(failure.id(), obstacle));
            }
            if (!directory.remove(failure)) {
                throw new ConfigurationException(
                        "The failure %s is in use: end the machine that is booted from it, or the command that reads it."
                                .formatted(failure.id()));
            }
            released(failure, manifest);
            refreshIndex();
        });
    }

    /**
     * Applies a retention policy now.
     *
     * @param policy the budgets
     * @return what was deleted, the oldest first
     */
    public List<Failure> prune(Retention policy) {
        recovery().describeInterrupted();
        List<Failure> deleted = new ArrayList<>();
        directory.locked(() -> {
            recovery().recover();
            for (Failure failure : expired(policy)) {
                Manifest manifest = failure.manifest();
                if (directory.remove(failure)) {
                    deleted.add(failure);
                    released(failure, manifest);
                    LOG.info("Deleted the failure {}: the retention policy has no room for it.", failure.id());
                }
            }
            refreshIndex();
        });
        return deleted;
    }

    /**
     * Tells what a retention policy would delete now.
     *
     * @param policy the budgets
     * @return in the order in which they would go; those in use are among them, and would stay
     */
    public List<Failure> expired(Retention policy) {
        return new Pruning(directory, this::allocatedBytes, processes).expired(policy, clock.instant());
    }

    /**
     * Ends a run of this process: what it has kept is subject to retention from now on. A process that ends without this ends
     * its runs as well.
     *
     * @param run as its evidence names it
     */
    public void runEnded(String run) {
        directory.manifests().forEach((failure, manifest) -> {
            if (run.equals(manifest.run())) {
                afterwards(() -> Keeper.forget(failure.directory()));
            }
        });
    }

    private void released(Failure failure, Manifest manifest) {
        Manifest.Image image = manifest.image();
        if (image != null) {
            afterwards(() -> backing.release(image.name(), failure.disk()));
        }
    }

    private void requireKept(Failure failure) {
        if (!directory.has(failure)) {
            throw gone(failure);
        }
    }

    private ConfigurationException gone(Failure failure) {
        return new ConfigurationException(
                "The failure %s is not kept in %s (any more).".formatted(failure.id(), directory()));
    }

    /** What follows once the failure is safe must not make it look lost. */
    private static void afterwards(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("A failure is kept, but what should follow did not work: {}", e.toString());
        }
    }
}
