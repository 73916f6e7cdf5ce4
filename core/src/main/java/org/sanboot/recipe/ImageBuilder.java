package org.sanboot.recipe;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.TestException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.Redaction;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Progress;
import org.sanboot.image.VersionInProgress;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.Stay;

/**
 * Makes images by recipes: it boots a clone of the parent, does the steps and the checks, has the guest shut down, and seals
 * what was written as a version that shares all other blocks with its parent.
 *
 * <p>The image is there as a whole or not at all, whatever ends the process; a build that fails is kept like a failed test.
 * Thread-safe; two builds of one name at a time are refused.
 */
public final class ImageBuilder {

    private final LabConfiguration configuration;
    private final ImageCatalogue catalogue;
    private final Consumer<String> tell;

    /**
     * Builds in a lab of this configuration.
     *
     * @param configuration where the catalogue is
     * @param tell is told of each stage and step as it comes, in one line
     */
    public ImageBuilder(LabConfiguration configuration, Consumer<String> tell) {
        this.configuration = configuration;
        this.catalogue = new ImageCatalogue(configuration.home());
        this.tell = tell;
    }

    /**
     * Finds the image that a recipe has made before, and lets the recipe's name mean it.
     *
     * @param recipe unchanged since, down to the contents of its files and its parent
     * @return the version, or nothing when it has to be built
     */
    public Optional<GoldenImage> find(Recipe recipe) {
        return catalogue.useVersion(recipe.name(), recipe.digest());
    }

    /**
     * Builds a version, whether or not the recipe has made one before; from then on the recipe's name means it.
     *
     * @param recipe what to do to which image
     * @param progress is told how far the hashing of the new disk is
     * @return the new version
     * @throws TestException when a step or a check fails in the guest; it says where what was left is kept
     * @throws ConfigurationException when a secret is not there, the name is another image's, or it is being built
     * @throws InfrastructureException when the machine does not boot or breaks down
     */
    public GoldenImage build(Recipe recipe, Progress progress) {
        String digest = recipe.digest();
        Map<String, String> secrets = new LinkedHashMap<>();
        recipe.secrets().forEach((variable, secret) -> secrets.put(variable, secret.read()));
        Redaction redaction = Redaction.of(secrets.values());
        try (VersionInProgress version = catalogue.beginVersion(recipe.parent().name(), recipe.name(), digest);
                Lab lab = Lab.open(configuration)) {
            Stay stay = lab.boot(request(recipe, redaction));
            try {
                perform(recipe, secrets, stay, redaction);
                requireUnchanged(recipe, digest);
                return version.seal(stay.sealedDisk(), progress);
            } catch (SanbootException e) {
                throw kept(recipe, stay, e);
            } finally {
                stay.discard();
            }
        }
    }

    private HostRequest request(Recipe recipe, Redaction redaction) {
        return recipe.machine().toBuilder()
                .name("builder")
                .purpose("sanboot image build " + recipe.name())
                .redaction(redaction)
                .progress(teller())
                // Who ends a build wants none; the recipe makes the same again.
                .disposable()
                .build();
    }

    /** A machine that reboots may be reset several times in a row. */
    private Consumer<BootProgress> teller() {
        var last = new AtomicReference<BootStage>();
        return progress -> {
            if (last.getAndSet(progress.stage()) != progress.stage()) {
                tell.accept("%-24s %6.1f s"
                        .formatted(progress.stage().title(), progress.elapsed().toMillis() / 1000.0));
            }
        };
    }

    private void perform(Recipe recipe, Map<String, String> secrets, Stay stay, Redaction redaction) {
        GuestSteps guest = guest(recipe, secrets, new GuestShell(stay.host(), stay::trouble, redaction));
        guest.begin();
        Stream.concat(recipe.steps().stream(), recipe.checks().stream())
                .forEach(step -> perform(recipe, step, guest, stay));
        tell.accept("shutting down");
        guest.shutDown();
    }

    private static GuestSteps guest(Recipe recipe, Map<String, String> secrets, GuestShell shell) {
        Map<String, String> environment = new LinkedHashMap<>(recipe.environment());
        environment.putAll(secrets);
        return recipe.parent().family() == GuestFamily.WINDOWS
                ? new WindowsSteps(shell, environment)
                : new LinuxSteps(shell, environment);
    }

    private void perform(Recipe recipe, Step step, GuestSteps guest, Stay stay) {
        tell.accept("line %d: %s".formatted(step.line(), step.title()));
        String where = "%s, line %d: %s".formatted(recipe.file(), step.line(), step.title());
        try {
            step.perform(guest);
        } catch (TestException e) {
            String what = String.valueOf(e.getMessage());
            throw new TestException(where + (what.startsWith("ended") ? " " : ": ") + what);
        } catch (ConfigurationException e) {
            throw new ConfigurationException(where + ": " + e.getMessage(), e);
        } catch (InfrastructureException e) {
            String why = stay.labTrouble().orElse(e.getMessage());
            throw new InfrastructureException(where + ": " + why, e);
        }
    }

    /** What was built is known by what went into it, so nothing of that may change meanwhile. */
    private static void requireUnchanged(Recipe recipe, String digest) {
        if (!recipe.digest().equals(digest)) {
            throw new ConfigurationException(
                    "A file that %s names was changed while the image was built; build it again."
                            .formatted(recipe.file()));
        }
    }

    /** Keeps what the build left, and says so in the error. */
    private static SanbootException kept(Recipe recipe, Stay stay, SanbootException failure) {
        Failure kept;
        try {
            stay.witness(failure);
            kept = stay.keep(new FailureDescription(
                    "[recipe] " + recipe.file(), "image build " + recipe.name(), kind(failure), failure));
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            return failure;
        }
        String message = failure.getMessage() + "\nWhat it left is kept:\n  " + kept.directory() + "\n  "
                + String.join("\n  ", kept.commands());
        return switch (kind(failure)) {
            case CONFIGURATION -> new ConfigurationException(message, failure);
            case INFRASTRUCTURE -> new InfrastructureException(message, failure);
            case TEST, INTERRUPTED, NONE -> new TestException(message, failure);
        };
    }

    private static Kind kind(SanbootException failure) {
        return failure instanceof ConfigurationException
                ? Kind.CONFIGURATION
                : failure instanceof InfrastructureException ? Kind.INFRASTRUCTURE : Kind.TEST;
    }
}
