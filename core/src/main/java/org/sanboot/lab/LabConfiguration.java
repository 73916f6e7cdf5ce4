package org.sanboot.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Retention;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;

/**
 * What a lab needs to know.
 *
 * @param home the directory with images, failures and runs
 * @param machines how much of this computer the virtual machines may take
 * @param retention how much is kept before the oldest failures go
 * @param inventoryFile the inventory of machines, or null to find it as {@link Inventory#find(Path)} does
 * @param hostTimeout how long to wait for physical hosts that are in use, more than zero
 */
public record LabConfiguration(
        Path home,
        MachineLimits machines,
        Retention retention,
        @Nullable Path inventoryFile,
        Duration hostTimeout) {

    /** A night's queue of tests for one rack gets through, and a queue that stands is noticed. */
    private static final Duration HOST_TIMEOUT = Duration.ofHours(1);

    /** Checks the values. */
    public LabConfiguration {
        Objects.requireNonNull(home, "home");
        Objects.requireNonNull(machines, "machines");
        Objects.requireNonNull(retention, "retention");
        if (hostTimeout.isZero() || hostTimeout.isNegative()) {
            throw new ConfigurationException("hostTimeout (%s) must be more than zero.".formatted(hostTimeout));
        }
    }

    /**
     * Returns what machines there are.
     *
     * @return the inventory
     * @throws ConfigurationException when it was named and is not there, or has mistakes
     */
    public Inventory inventory() {
        return inventoryFile == null ? Inventory.find(home) : Inventory.read(inventoryFile);
    }

    /**
     * Keeps failures by the {@linkplain Retention#defaults() default retention}, finds the inventory, and waits for hosts
     * for an hour.
     *
     * @param home the directory with images, failures and runs
     * @param maximumMachines how many virtual machines may run at once, at least 1
     */
    public LabConfiguration(Path home, int maximumMachines) {
        this(home, MachineLimits.defaults().withCount(maximumMachines), Retention.defaults(), null, HOST_TIMEOUT);
    }

    /**
     * Returns the defaults of this computer: the user's data directory, and the {@linkplain MachineLimits#defaults()
     * default limits}.
     *
     * @return the configuration
     */
    public static LabConfiguration defaults() {
        return new LabConfiguration(
                ImageCatalogue.homeOfUser(), MachineLimits.defaults(), Retention.defaults(), null, HOST_TIMEOUT);
    }

    /**
     * Returns this configuration with other budgets for failures.
     *
     * @param policy how much is kept before the oldest failures go
     * @return another configuration
     */
    public LabConfiguration withRetention(Retention policy) {
        return new LabConfiguration(home, machines, policy, inventoryFile, hostTimeout);
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
