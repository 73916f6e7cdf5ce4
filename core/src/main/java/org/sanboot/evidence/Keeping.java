package org.sanboot.evidence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Keeps one failure: the disk is sealed first, by a rename, and described afterwards.
 *
 * <p>Up to the rename a failure to keep says where the disk is; from then on nothing fails any more, whatever is thrown, but
 * the last rename, after which the next user of the store finds the disk all the same.
 */
final class Keeping {

    private static final Logger LOG = Logging.logger(Keeping.class);

    private final FailureDirectory directory;
    private final BackingReference backing;
    private final Clock clock;
    private final RandomGenerator random;

    Keeping(FailureDirectory directory, BackingReference backing, Clock clock, RandomGenerator random) {
        this.directory = directory;
        this.backing = backing;
        this.clock = clock;
        this.random = random;
    }

    /** Keeps a failure; recovers before, with the directory locked, what others have left. */
    Failure keep(FailureDescription description, Evidence evidence, FailureDirectory.Action recovery) {
        // Whoever interrupts a test does not mean its evidence.
        boolean interrupted = Thread.interrupted();
        try {
            return keepNow(description, evidence, recovery);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Failure keepNow(FailureDescription description, Evidence evidence, FailureDirectory.Action recovery) {
        long began = System.nanoTime();
        Instant now = clock.instant();
        FailureDirectory.Building building;
        try {
            building = begin(description, evidence, now, recovery);
        } catch (InfrastructureException e) {
            return prepared(evidence).orElseThrow(() -> e);
        }
        Failure failure = building.failure();
        try (FileGuard guard = building.guard()) {
            Bundle bundle = new Bundle(building.directory(), evidence);
            takeDisk(bundle, building);
            Path disk = building.directory().resolve(Failure.DISK);
            safely(() -> backing.retain(evidence.image().name(), disk));
            safely(() -> describe(bundle, failure, Manifests.of(failure.id(), now, description, evidence), began));
            safely(() -> force(building.directory()));
            directory.publish(building);
            safely(() -> backing.retain(evidence.image().name(), failure.disk()));
        }
        return failure;
    }

    /** A host's disk without room for another directory has room for one that is there: it is kept as it is. */
    private Optional<Failure> prepared(Evidence evidence) {
        Path machine = Objects.requireNonNull(evidence.disk().getParent());
        try {
            return Interruption.isPrepared(machine)
                    ? Optional.of(Interruption.keep(machine, directory.path()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private FailureDirectory.Building begin(
            FailureDescription description, Evidence evidence, Instant now, FailureDirectory.Action recovery) {
        try {
            Files.createDirectories(directory.path());
            List<FailureDirectory.Building> begun = new ArrayList<>();
            directory.locked(() -> {
                try {
                    recovery.run();
                } catch (IOException | RuntimeException | Error e) {
                    LOG.warn("What another process left in {} cannot be completed: {}", directory.path(), e.toString());
                }
                begun.add(directory.begin(() -> FailureId.of(description, now.atZone(clock.getZone()), random)));
            });
            return begun.get(0);
        } catch (IOException | RuntimeException | Error e) {
            throw new InfrastructureException(
                    "The disk %s cannot be kept in %s, and stays where it is: %s"
                            .formatted(evidence.disk(), directory.path(), e),
                    e);
        }
    }

    private static void takeDisk(Bundle bundle, FailureDirectory.Building building) {
        try {
            bundle.takeDisk();
        } catch (InfrastructureException e) {
            safely(() -> Trees.delete(building.directory()));
            throw e;
        }
    }

    /** In the order of worth: what is there when this ends in the middle is a failure that can be read. */
    private static void describe(Bundle bundle, Failure failure, Manifest basis, long began) {
        bundle.writeManifest(basis);
        bundle.flatten();
        Manifest gathered = bundle.gather(basis);
        bundle.takeFiles();
        Manifest manifest = bundle.writeManifest(gathered);
        if (bundle.writeReport(failure, manifest)) {
            bundle.noteSealing(gathered, Duration.ofNanos(System.nanoTime() - began));
        } else {
            bundle.writeManifest(gathered);
        }
    }

    /** Once, here, and not at each flush of the guest: what is announced as kept is there after a power cut. */
    private static void force(Path directory) {
        try {
            Seal.force(directory.resolve(Failure.DISK));
            for (Path disk : FailedDisks.in(directory)) {
                Seal.force(disk);
            }
            Seal.force(directory);
            Seal.force(Objects.requireNonNull(directory.getParent()));
        } catch (IOException e) {
            LOG.warn("A kept disk could not be flushed to the host's disk: {}", e.toString());
        }
    }

    /** What follows once the disk is safe must not make it look lost. */
    private static void safely(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("A failure is kept, but what should follow did not work: {}", e.toString());
        }
    }
}
