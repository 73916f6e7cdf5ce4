package org.sanboot.lab;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Retention;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;

/**
 * What a lab needs to know.
 *
 * @param home the directory with images, failures and runs
 * @param maximumMachines how many machines may run at once, at least 1
 * @param retention how much is kept before the oldest failures go
 */
public record LabConfiguration(Path home, int maximumMachines, Retention retention) {

    /** Checks the values. */
    public LabConfiguration {
        Objects.requireNonNull(home, "home");
        Objects.requireNonNull(retention, "retention");
        if (maximumMachines < 1) {
            throw new ConfigurationException("The machine budget (%d) must be at least 1.".formatted(maximumMachines));
        }
    }

    /**
     * Creates a configuration with the {@linkplain Retention#defaults() default retention}.
     *
     * @param home the directory with images, failures and runs
     * @param maximumMachines how many machines may run at once, at least 1
     */
    public LabConfiguration(Path home, int maximumMachines) {
        this(home, maximumMachines, Retention.defaults());
    }

    /**
     * Returns the defaults of this host: the user's data directory, and a machine for each processor but at
     * least two, which tests of a connection need.
     *
     * @return the configuration
     */
    public static LabConfiguration defaults() {
        return new LabConfiguration(
                ImageCatalogue.homeOfUser(), Math.max(2, Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Returns this configuration with other budgets for failures.
     *
     * @param policy how much is kept before the oldest failures go
     * @return another configuration
     */
    public LabConfiguration withRetention(Retention policy) {
        return new LabConfiguration(home, maximumMachines, policy);
    }

    /**
     * Returns what is in the catalogue.
     *
     * @return the names of the golden images
     */
    public Set<String> images() {
        return new ImageCatalogue(home).list().stream().map(GoldenImage::name).collect(Collectors.toUnmodifiableSet());
    }
}
