package org.sanboot.lab;

/**
 * Boots machines from fresh clones of golden images, as many at once as its budget allows.
 *
 * <p>Thread-safe. One lab serves a whole JVM.
 */
public interface Lab extends AutoCloseable {

    /**
     * Opens a lab.
     *
     * @param configuration where images and failures are, and how many machines may run at once
     * @return the lab, to be closed
     */
    static Lab open(LabConfiguration configuration) {
        return new EmbeddedLab(configuration);
    }

    /**
     * Boots a machine from a fresh clone and returns when its guest is ready; waits first until the budget has room.
     *
     * @param request which image, on what machine
     * @return the machine, until its stay is ended
     * @throws org.sanboot.ConfigurationException when the request cannot be met as it stands; nothing was started
     * @throws BootFailedException when the machine did not become ready; nothing of it runs any more, and what it left is kept
     */
    Stay boot(HostRequest request);

    /**
     * Returns what this lab has done so far.
     *
     * @return machines booted, and where the time went
     */
    LabSummary summary();

    /** Ends every stay, discards its disk, and gives back all that the lab holds. Closing again does nothing. */
    @Override
    void close();
}
