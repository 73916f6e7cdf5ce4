package org.sanboot.lab;

import java.util.List;
import org.sanboot.evidence.Failure;
import org.sanboot.lab.embedded.EmbeddedLab;

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
     * @throws org.sanboot.InfrastructureException when the calling thread is interrupted; nothing is left, and the
     *     thread's interrupt status is set
     */
    default Stay boot(HostRequest request) {
        return boot(List.of(request)).get(0);
    }

    /**
     * Boots machines that are wanted together, side by side, and returns when all their guests are ready. Room in the
     * budget is taken for all of them at once, so that two callers never wait for each other with one machine each. When
     * one of them fails, the others are ended and discarded.
     *
     * @param requests which images, on what machines; at least one
     * @return the machines in the order of the requests, each until its stay is ended
     * @throws org.sanboot.ConfigurationException when the requests cannot be met as they stand, or are more than the
     *     budget allows; nothing was started
     * @throws BootFailedException when a machine did not become ready; nothing of any runs any more, and what the failed
     *     one left is kept
     * @throws org.sanboot.InfrastructureException when the calling thread is interrupted; nothing is left, and the
     *     thread's interrupt status is set
     */
    List<Stay> boot(List<HostRequest> requests);

    /**
     * Notes that what failed went well when it was tried again.
     *
     * @param failure is called flaky from now on; nothing happens when it is not kept any more
     */
    void markFlaky(Failure failure);

    /**
     * Returns what this lab has done so far.
     *
     * @return machines booted, where the time went, and what the kept failures take of the disk
     */
    LabSummary summary();

    /** Ends every stay, discards its disk, and gives back all that the lab holds. Closing again does nothing. */
    @Override
    void close();
}
