package org.sanboot.lab;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.sanboot.ConfigurationException;
import org.sanboot.image.ImageCatalogue;

/**
 * What a lab needs to know.
 *
 * @param home the directory with images, failures and runs
 * @param maximumMachines how many machines may run at once, at least 1
 */
public record LabConfiguration(Path home, int maximumMachines) {

    /** Checks the values. */
    public LabConfiguration {
        Objects.requireNonNull(home, "home");
        if (maximumMachines < 1) {
            throw new ConfigurationException("The machine budget (%d) must be at least 1.".formatted(maximumMachines));
        }
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
     * Returns what is in the catalogue.
     *
     * @return the names of the golden images, and those that mean a version of one
     */
    public Set<String> images() {
        return new ImageCatalogue(home).names();
    }
}
