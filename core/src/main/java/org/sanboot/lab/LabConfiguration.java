package org.sanboot.lab;

import java.nio.file.Path;
import java.util.Objects;
import org.sanboot.ConfigurationException;

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
     * Returns the defaults of this host: the user's data directory, and a machine for each processor.
     *
     * @return the configuration
     */
    public static LabConfiguration defaults() {
        return new LabConfiguration(defaultHome(), Runtime.getRuntime().availableProcessors());
    }

    private static Path defaultHome() {
        String home = System.getenv("SANBOOT_HOME");
        String data = System.getenv("XDG_DATA_HOME");
        if (home != null && !home.isEmpty()) {
            return Path.of(home);
        }
        return data != null && !data.isEmpty()
                ? Path.of(data, "sanboot")
                : Path.of(System.getProperty("user.home"), ".local", "share", "sanboot");
    }
}
