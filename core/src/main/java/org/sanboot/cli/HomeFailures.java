package org.sanboot.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.SourceFormat;
import org.sanboot.cli.failures.FailuresEnvironment;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.process.Run;

/** The failures of the user's home, and what its catalogue makes of them. */
final class HomeFailures implements FailuresEnvironment {

    private final Path home;
    private final ImageCatalogue catalogue;
    private @Nullable Run run;

    HomeFailures() {
        this(LabConfiguration.defaults().home());
    }

    HomeFailures(Path home) {
        this.home = home;
        this.catalogue = new ImageCatalogue(home);
    }

    @Override
    public FailureStore store() {
        return FailureStore.at(home).withBackingReference(catalogue::retain);
    }

    /** A run of its own, made only for the commands that need one; its shutdown hook ends it. */
    @Override
    public Path scratch() {
        if (run == null) {
            run = Run.open(home.resolve("runs"));
        }
        return run.directory();
    }

    @Override
    public void promote(Failure failure, String name) {
        GoldenImage parent = catalogue.find(failure.imageName());
        // The disk's overlay was made here, but it may have come from elsewhere: it stands on this home's images or is
        // refused.
        ImageImport request = new ImageImport(
                        failure.disk(),
                        name,
                        parent.family(),
                        parent.firmware(),
                        parent.nicModel(),
                        parent.credentials())
                .from(SourceFormat.QCOW2, FurtherFiles.ofHome(home));
        try (FailureStore.Use use = store().use(failure)) {
            catalogue.add(request, Progress.NONE);
        }
    }
}
