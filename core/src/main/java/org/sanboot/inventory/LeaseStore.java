package org.sanboot.inventory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Hands physical hosts out, each to one test at a time: across threads, JVMs and users.
 *
 * <p>Thread-safe. Whoever comes first is served first. A lease ends when it is closed; when its process ends without
 * that, or shows no sign of life for a while, the host goes to the next in the queue, who is told to power it off first.
 */
public interface LeaseStore extends AutoCloseable {

    /** After this many failed boots in a row a host is set aside. */
    int FAILED_BOOTS = 3;

    /**
     * Opens the store of this controller machine: in the directory that the system property {@code sanboot.leases} or the
     * environment variable {@code SANBOOT_LEASES} names, or else in {@code /var/lib/sanboot/leases} when an administrator has
     * made it, or else in {@code /var/tmp/sanboot-leases}, which is open to all users.
     *
     * @return the store, to be closed
     * @throws org.sanboot.ConfigurationException when this user may not write there
     */
    static LeaseStore ofController() {
        return in(directoryOfController());
    }

    /**
     * Returns the directory of {@link #ofController()}, in which the users of this machine meet.
     *
     * @return a directory that exists
     * @throws org.sanboot.ConfigurationException when this user may not write there
     */
    static Path directoryOfController() {
        Path administered = Path.of("/var/lib/sanboot/leases");
        Path directory = Stream.of(System.getProperty("sanboot.leases"), System.getenv("SANBOOT_LEASES"))
                .filter(name -> name != null && !name.isBlank())
                .map(Path::of)
                .findFirst()
                .orElseGet(() -> Files.isDirectory(administered) ? administered : Path.of("/var/tmp/sanboot-leases"));
        return LeaseFile.in(directory).directory();
    }

    /**
     * Opens a store in a directory. The mode of the directory says who may lease: what is written there can be written by
     * the same users. A directory that is made here is open to all users of the machine, so that they see each other's leases.
     *
     * @param directory is made when it is missing
     * @return the store, to be closed
     * @throws org.sanboot.ConfigurationException when this user may not write there
     */
    static LeaseStore in(Path directory) {
        return FileLeaseStore.open(directory);
    }

    /**
     * Waits for hosts and takes them, all at once or none, so that two tests never wait for each other with one host each.
     *
     * @param request which hosts
     * @return a lease for each wish, in their order
     * @throws org.sanboot.InfrastructureException when the time is over, with who holds what; at once when a wish can only
     *     be met by hosts that are set aside; when the calling thread is interrupted, with its interrupt status set
     */
    List<Lease> acquire(LeaseRequest request);

    /**
     * Takes a host at once or not at all, past the queue, even when it is set aside: to look after it, not to test on it.
     *
     * @param host its name
     * @param purpose what for, as others see it
     * @return the lease, or nothing while somebody holds the host
     */
    Optional<Lease> takeForCare(String host, String purpose);

    /**
     * Takes a host whose holder died, without waiting for it.
     *
     * @param host whose {@link HostState#abandoned()} is true
     * @return the lease, or nothing when the host is not abandoned any more
     */
    Optional<Lease> takeOver(String host);

    /**
     * Returns how things stand.
     *
     * @return each host that was ever leased, by name
     */
    List<HostState> list();

    /**
     * Returns who waits.
     *
     * @return the first to be served first
     */
    List<Waiting> queue();

    /**
     * Lets a host that was set aside be leased again, and forgets its failed boots.
     *
     * @param host its name
     * @return false when it was not set aside
     */
    boolean readmit(String host);

    /** Ends every lease that was taken here. Closing again does nothing. */
    @Override
    void close();

    /**
     * Somebody who waits for hosts.
     *
     * @param owner the process
     * @param purpose what for
     * @param wishes as in {@link LeaseRequest}
     */
    record Waiting(LeaseOwner owner, String purpose, List<List<String>> wishes) {}
}
