package org.sanboot.evidence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/** Completes failures whose process ended before they were complete. */
final class Recovery {

    private static final Logger LOG = Logging.logger(Recovery.class);

    private final FailureDirectory directory;
    private final BackingReference backing;
    private final Keeper.Processes processes;

    Recovery(FailureDirectory directory, BackingReference backing, Keeper.Processes processes) {
        this.directory = directory;
        this.backing = backing;
        this.processes = processes;
    }

    /** Lets what was being kept appear. The directory is locked. */
    void recover() throws IOException {
        directory.recover().forEach(failure -> safely(() -> complete(failure)));
    }

    private void complete(Failure failure) {
        Manifest manifest = failure.manifest();
        List<String> remarks = new ArrayList<>(manifest.remarks());
        remarks.add("Sanboot died while it kept this failure: some of the evidence may be missing.");
        Manifest.Image image = manifest.image();
        if (image != null) {
            safely(() -> backing.retain(image.name(), failure.disk()));
            (FailedDisks.areIn(manifest.failedTests())
                            ? FailedDisks.settle(failure.directory(), manifest)
                            : Chain.settle(failure.directory(), image))
                    .ifPresent(remarks::add);
        }
        rewrite(failure, manifest, remarks);
    }

    /**
     * Describes what was kept in an instant, once nobody can write to it any more, and notes again what each disk stands on: a
     * host's disk that was full when a failure was kept had no room for the note. The directory need not be locked.
     */
    void describeInterrupted() {
        directory.manifests().forEach((failure, manifest) -> {
            if (Interruption.isUndescribed(failure.directory())
                    && Keeper.of(failure.directory(), processes) == Keeper.Liveness.DEAD) {
                safely(() -> describe(failure));
            }
            note(failure, manifest);
        });
    }

    private void note(Failure failure, Manifest manifest) {
        try {
            if (manifest.image() != null) {
                backing.retain(manifest.image().name(), failure.disk());
            }
        } catch (RuntimeException e) {
            LOG.debug("It cannot be noted what {} stands on", failure, e);
        }
    }

    private void describe(Failure failure) {
        try (FileGuard guard = FileGuard.tryExclusive(failure.directory().resolve(FailureDirectory.USE))
                .orElse(null)) {
            if (guard == null || !Interruption.isUndescribed(failure.directory())) {
                return;
            }
            Manifest manifest = failure.manifest();
            List<String> remarks = new ArrayList<>(manifest.remarks());
            remarks.addAll(Interruption.describe(failure.directory(), manifest));
            rewrite(failure, manifest, remarks);
            Seal.force(failure.disk());
            safely(() -> backing.release(failure.imageName(), Interruption.formerDisk(failure.directory())));
            Interruption.described(failure.directory());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void rewrite(Failure failure, Manifest manifest, List<String> remarks) {
        try {
            Chain.nameRelative(failure.directory());
            Manifest complete = manifest.with(Trees.files(failure.directory()), remarks);
            ManifestFile.write(failure.directory(), complete);
            Report.write(failure, failure.directory(), complete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void safely(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | Error e) {
            LOG.warn("An interrupted failure is kept, but could not be completed: {}", e.toString());
        }
    }
}
