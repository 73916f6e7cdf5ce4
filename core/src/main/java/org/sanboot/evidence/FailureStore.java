package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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

    private FailureStore(
            FailureDirectory directory,
            BackingReference backing,
            Retention retention,
            Executor housekeeper,
            Clock clock,
            RandomGenerator random) {
        this.directory = directory;
        this.backing = backing;
        this.retention = retention;
        this.housekeeper = housekeeper;
        this.clock = clock;
        this.random = random;
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
                new SecureRandom());
    }

    /**
     * Returns this store with somebody who is told which images the kept disks stand on.
     *
     * @param reference is told of each kept disk
     * @return another store on the same directory
     */
    public FailureStore withBackingReference(BackingReference reference) {
        return new FailureStore(
                directory, Objects.requireNonNull(reference, "reference"), retention, housekeeper, clock, random);
    }

    /**
     * Returns this store with other budgets.
     *
     * @param policy is applied whenever a failure was kept
     * @return another store on the same directory
     */
    public FailureStore withRetention(Retention policy) {
        return new FailureStore(
                directory, backing, Objects.requireNonNull(policy, "policy"), housekeeper, clock, random);
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
                directory, backing, retention, Objects.requireNonNull(executor, "executor"), clock, random);
    }

    FailureStore withClock(Clock other, RandomGenerator otherRandom) {
        return new FailureStore(directory, backing, retention, housekeeper, other, otherRandom);
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
     * <p>Once the disk was moved, nothing makes this fail: what else cannot be kept is left out, with a remark in the
     * manifest.
     *
     * @param description of the test and of what it threw
     * @param evidence all that was recorded of its machine
     * @return what was kept
     * @throws InfrastructureException when the disk cannot be kept; it is left where it was
     */
    public Failure keep(FailureDescription description, Evidence evidence) {
        long began = System.nanoTime();
        Instant now = clock.instant();
        FailureDirectory.Building building = begin(description, now);
        Failure failure = building.failure();
        try (FileGuard guard = building.guard()) {
            Bundle bundle = new Bundle(building.directory(), evidence);
            takeDisk(bundle, building.directory());
            Manifest basis = Manifests.of(failure.id(), now, description, evidence);
            bundle.writeManifest(basis);
            bundle.takeFiles();
            Manifest manifest = bundle.writeManifest(basis);
            if (bundle.writeReport(failure, manifest)) {
                bundle.noteSealing(basis, Duration.ofNanos(System.nanoTime() - began));
            } else {
                bundle.writeManifest(basis);
            }
            directory.publish(building);
            afterwards(() -> backing.retain(evidence.image().name(), failure.disk()));
        }
        housekeeper.execute(() -> afterwards(() -> prune(retention, failure)));
        return failure;
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

    private static void takeDisk(Bundle bundle, Path building) {
        try {
            bundle.takeDisk();
        } catch (InfrastructureException e) {
            afterwards(() -> Trees.delete(building));
            throw e;
        }
    }

    private FailureDirectory.Building begin(FailureDescription description, Instant now) {
        try {
            Files.createDirectories(directory());
            List<FailureDirectory.Building> begun = new ArrayList<>();
            directory.locked(() -> {
                recover();
                begun.add(directory.begin(() -> FailureId.of(description, now.atZone(clock.getZone()), random)));
            });
            return begun.get(0);
        } catch (IOException e) {
            throw new InfrastructureException("Failures cannot be kept in " + directory() + ": " + e, e);
        }
    }

    /** Completes what processes that died have left. The store is locked. */
    private void recover() throws IOException {
        directory.recover().forEach(failure -> afterwards(() -> completed(failure)));
    }

    private void completed(Failure failure) {
        Manifest manifest = failure.manifest();
        List<String> remarks = new ArrayList<>(manifest.remarks());
        remarks.add("Sanboot died while it kept this failure: some of the evidence may be missing.");
        try {
            ManifestFile.write(failure.directory(), manifest.with(Trees.files(failure.directory()), remarks));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        rewriteReport(failure);
        if (manifest.image() != null) {
            backing.retain(manifest.image().name(), failure.disk());
        }
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
        return List.copyOf(directory.manifests().keySet());
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
        afterwards(() -> writeIndex(index(), list()));
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
            String obstacle = obstacle(failure, directory.manifests());
            if (obstacle != null) {
                throw new ConfigurationException("The failure %s %s.".formatted(failure.id(), obstacle));
            }
            if (!directory.remove(failure)) {
                throw new ConfigurationException(
                        "The failure %s is in use: end the machine that is booted from it, or the command that reads it."
                                .formatted(failure.id()));
            }
            refreshIndex();
        });
    }

    private static @Nullable String obstacle(Failure failure, Map<Failure, Manifest> all) {
        if (failure.pinned()) {
            return "is pinned; unpin it first: " + failure.command("failures unpin " + failure.id());
        }
        return all.entrySet().stream()
                .filter(other -> standsOn(other.getValue(), failure))
                .findFirst()
                .map(other -> "cannot go: the disk of " + other.getKey().id() + " stands on it")
                .orElse(null);
    }

    /** A clone of a failure can itself be kept. */
    private static boolean standsOn(Manifest upper, Failure lower) {
        Manifest.Image image = upper.image();
        return image != null && image.path().startsWith(lower.directory() + "/");
    }

    /**
     * Applies a retention policy now.
     *
     * @param policy the budgets
     * @return what was deleted, the oldest first
     */
    public List<Failure> prune(Retention policy) {
        return prune(policy, null);
    }

    /**
     * Tells what a retention policy would delete now.
     *
     * @param policy the budgets
     * @return the oldest first; those in use are among them, and would stay
     */
    public List<Failure> expired(Retention policy) {
        return policy.expired(candidates(null), clock.instant());
    }

    private List<Failure> prune(Retention policy, @Nullable Failure justMade) {
        List<Failure> deleted = new ArrayList<>();
        directory.locked(() -> {
            recover();
            for (Failure failure : policy.expired(candidates(justMade), clock.instant())) {
                if (directory.remove(failure)) {
                    deleted.add(failure);
                    LOG.info("Deleted the failure {}: the retention policy has no room for it.", failure.id());
                }
            }
            refreshIndex();
        });
        return deleted;
    }

    private List<Retention.Candidate> candidates(@Nullable Failure justMade) {
        Map<Failure, Manifest> all = directory.manifests();
        Map<Failure, Long> bytes = allocatedBytes(List.copyOf(all.keySet()));
        // Another thread may have made one since.
        Failure newest = all.keySet().stream().findFirst().orElse(null);
        List<Retention.Candidate> candidates = new ArrayList<>();
        all.forEach((failure, manifest) -> {
            if (!failure.pinned()) {
                boolean fresh = justMade != null && (failure.equals(justMade) || failure.equals(newest));
                boolean mayGo = !fresh && obstacle(failure, all) == null;
                candidates.add(
                        new Retention.Candidate(failure, manifest.keptAt(), bytes.getOrDefault(failure, 0L), mayGo));
            }
        });
        Collections.reverse(candidates);
        return candidates;
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
        } catch (RuntimeException e) {
            LOG.warn("A failure is kept, but what should follow did not work: {}", e.toString());
        }
    }
}
