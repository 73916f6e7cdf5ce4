package org.sanboot.lab;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
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
     * Boots machines that are wanted together, as {@link #boot(List, Reservation)} does, in room that is reserved for
     * them alone.
     *
     * @param requests which images, on what machines; at least one
     * @return the machines in the order of the requests, each until its stay is ended
     */
    default List<Stay> boot(List<HostRequest> requests) {
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("at least one request is needed");
        }
        HostRequest first = requests.get(0);
        Demand together = requests.stream().map(this::demand).reduce(Demand.NONE, Demand::plus);
        Consumer<String> waiting = remark -> first.progress()
                .accept(new BootProgress(first.name(), first.image(), BootStage.CLONED, Duration.ZERO, remark));
        try (Reservation reservation = reserve(first.purpose(), together, waiting)) {
            return boot(requests, reservation);
        }
    }

    /**
     * Returns what a machine takes of this computer.
     *
     * @param request which image, on what machine
     * @return nothing for a physical host
     * @throws org.sanboot.ConfigurationException when the request cannot be met as it stands
     */
    Demand demand(HostRequest request);

    /**
     * Reserves room for all machines that a caller can need at once. The room is taken when the first of them boots, and
     * all of it then, so that nobody who holds a machine waits for another one.
     *
     * @param purpose who wants it, for messages
     * @param most what is needed at once; what is over the limits of the lab is left out
     * @param waiting told, in a clause, who holds what when there is no room for more than a few seconds
     * @return the reservation, to be closed by the calling thread
     */
    Reservation reserve(String purpose, Demand most, Consumer<String> waiting);

    /**
     * Boots machines that are wanted together, side by side, and returns when all their guests are ready. Physical hosts
     * are waited for first, and then room for the virtual machines, unless the reservation has it already. When one
     * machine fails, the others are ended and discarded.
     *
     * @param requests which images, on what machines; at least one
     * @param reservation whose room they take; a machine gives it back there when its stay ends
     * @return the machines in the order of the requests, each until its stay is ended
     * @throws org.sanboot.ConfigurationException when the requests cannot be met as they stand, or are more than was
     *     reserved and than there is; nothing was started
     * @throws BootFailedException when a machine did not become ready; nothing of any runs any more, and what the failed
     *     one left is kept
     * @throws org.sanboot.InfrastructureException when there was no room within the time-out, or the calling thread is
     *     interrupted; nothing is left, and then the thread's interrupt status is set
     */
    List<Stay> boot(List<HostRequest> requests, Reservation reservation);

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

    /**
     * Sets who is told when this JVM is ended from outside, by Ctrl-C or SIGTERM, while machines were in use: each is kept as it
     * was, unless its request is {@linkplain HostRequest#disposable() disposable}. After {@code kill -9} they are kept too, and
     * nobody is told.
     *
     * @param listener called by a shutdown hook, with what was kept; must be quick
     */
    void whenInterrupted(Consumer<List<Failure>> listener);

    /** Ends every stay, discards its disk, and gives back all that the lab holds. Closing again does nothing. */
    @Override
    void close();
}
