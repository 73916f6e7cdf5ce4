package org.sanboot.proof;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.lab.BootProgress;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.Lab;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.lab.Stay;
import org.sanboot.proof.Finding.Verdict;

/**
 * Proves images before they get their names: a candidate, an image of another name, is booted from a clone over iSCSI until
 * its guest takes commands, the guest is examined, and only then the candidate gets the name that tests use.
 *
 * <p>A candidate that fails stays under its own name, and what its machine left is kept like a failed test: the disk,
 * pictures of the screen, the console. Thread-safe.
 */
public final class ImageProof {

    private static final String UNPROVEN = "-unproven";

    private final LabConfiguration configuration;
    private final ImageCatalogue catalogue;
    private final Consumer<String> tell;

    /**
     * Proves in a lab of this configuration.
     *
     * @param configuration where the catalogue is
     * @param tell is told of each stage and each finding as it comes, in one line
     */
    public ImageProof(LabConfiguration configuration, Consumer<String> tell) {
        this.configuration = configuration;
        this.catalogue = new ImageCatalogue(configuration.home());
        this.tell = tell;
    }

    /**
     * Returns what an image is called until it is proven.
     *
     * @param name that it gets then
     * @return the candidate's name
     */
    public static String candidate(String name) {
        return name + UNPROVEN;
    }

    /**
     * Proves a candidate and gives it its name.
     *
     * @param name of the image; its candidate is in the catalogue by {@link #candidate}
     * @param machine the machine to boot it on, a request for the candidate
     * @param examination what to look at
     * @return the image
     * @throws InfrastructureException when the machine does not become ready, or something is not as it has to be; it says
     *     what is kept
     * @throws ConfigurationException when the machine cannot be made, or the name is taken
     */
    public GoldenImage prove(String name, HostRequest.Builder machine, Examination examination) {
        try {
            examine(name, machine, examination);
        } catch (SanbootException e) {
            throw told(name, e);
        }
        return catalogue.rename(candidate(name), name);
    }

    /**
     * Boots an image that has its name already, and looks at it.
     *
     * @param name of the image, for messages
     * @param machine the machine to boot it on, a request for the image
     * @param examination what to look at
     * @throws org.sanboot.lab.BootFailedException when the machine does not become ready; it says what is kept
     * @throws InfrastructureException when something is not as it has to be; it says what is kept
     * @throws ConfigurationException when the machine cannot be made
     */
    public void examine(String name, HostRequest.Builder machine, Examination examination) {
        try (Lab lab = Lab.open(configuration)) {
            Stay stay = lab.boot(machine.name("proof")
                    .purpose("proof of " + name)
                    .progress(teller())
                    .build());
            try {
                examine(stay, examination);
            } catch (SanbootException e) {
                throw kept(name, stay, e);
            } finally {
                stay.discard();
            }
        }
    }

    private void examine(Stay stay, Examination examination) {
        List<Finding> findings = examination.examine(stay.host());
        findings.forEach(finding -> tell.accept("proof: " + finding));
        List<String> bad = findings.stream()
                .filter(finding -> finding.verdict() == Verdict.BAD)
                .map(finding -> finding.subject() + " (" + finding.seen() + ")")
                .toList();
        if (!bad.isEmpty() || findings.isEmpty()) {
            throw new InfrastructureException(
                    "The guest boots from iSCSI, but is not as it has to be: " + String.join("; ", bad) + ".");
        }
        stay.trouble().ifPresent(trouble -> {
            throw new InfrastructureException("The guest was lost while it was looked at: " + trouble + ".");
        });
    }

    /** A machine that reboots may be reset several times in a row. */
    private Consumer<BootProgress> teller() {
        var last = new AtomicReference<BootStage>();
        return progress -> {
            if (last.getAndSet(progress.stage()) != progress.stage()) {
                tell.accept("proof: %-24s %6.1f s"
                        .formatted(progress.stage().title(), progress.elapsed().toMillis() / 1000.0));
            }
        };
    }

    /** Keeps what the machine left, and says so in the error. */
    private static SanbootException kept(String name, Stay stay, SanbootException failure) {
        try {
            stay.witness(failure);
            Failure kept = stay.keep(
                    new FailureDescription("[proof] " + name, "proof of " + name, Kind.INFRASTRUCTURE, failure));
            return new InfrastructureException(
                    failure.getMessage() + "\nWhat it left is kept:\n  " + kept.directory() + "\n  "
                            + String.join("\n  ", kept.commands()),
                    failure);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            return failure;
        }
    }

    /** Says what became of the candidate. */
    private static SanbootException told(String name, SanbootException failure) {
        String message =
                "%s\nNo image %s was made. What was to become it is image %s: 'sanboot boot %s' boots it again, 'sanboot image remove %s' removes it."
                        .formatted(failure.getMessage(), name, candidate(name), candidate(name), candidate(name));
        return failure instanceof ConfigurationException
                ? new ConfigurationException(message, failure)
                : new InfrastructureException(message, failure);
    }
}
