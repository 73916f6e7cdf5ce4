package org.sanboot.guest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A running operating system that takes commands and files.
 *
 * <p>Thread-safe. A guest that cannot be reached is an {@link org.sanboot.InfrastructureException}; one that is reached
 * and does not do what it was asked in time is a {@link org.sanboot.TestException}; credentials that it refuses are a
 * {@link org.sanboot.ConfigurationException}.
 */
public interface Guest extends AutoCloseable {

    /**
     * Runs a command and waits for its end, a minute at most.
     *
     * @param command as a user would type it
     * @return what it printed, and how it ended
     */
    default CommandResult run(String command) {
        return run(Command.of(command));
    }

    /**
     * Runs a command and waits for its end.
     *
     * @param command the text with its time-out, charset and input
     * @return what it printed, and how it ended
     * @throws org.sanboot.TestException when the time is over; it holds the output so far
     */
    CommandResult run(Command command);

    /**
     * Copies a file, or a directory with all that is in it, into the guest. Missing parents are made, links are
     * followed, executables stay executable; what is neither file nor directory, and links to nothing, are left out.
     *
     * @param local what to copy
     * @param remote the path it gets, absolute
     * @throws org.sanboot.ConfigurationException when there is no such file on this host
     * @throws org.sanboot.TestException when the guest refuses it, with the path and its reason
     */
    void copyTo(Path local, String remote);

    /**
     * Copies a file, or a directory with all that is in it, out of the guest. Missing parents are made, links are
     * followed, executables stay executable; what is neither file nor directory is left out.
     *
     * @param remote what to copy, absolute
     * @param local the path it gets
     * @throws org.sanboot.TestException when the guest does not have it or refuses it, with the path and its reason
     */
    void copyFrom(String remote, Path local);

    /**
     * Waits until commands run, on a new connection.
     *
     * @param timeout how long at most
     * @param hopeless asked before each try; a text that says why waiting is of no use ends the wait at once
     * @throws org.sanboot.InfrastructureException when the time is over or the wait is hopeless, with the last
     *     observation
     * @throws org.sanboot.ConfigurationException when the guest answers and refuses the credentials
     */
    void awaitReady(Duration timeout, Supplier<Optional<String>> hopeless);

    /**
     * Identifies the boot that the guest is in.
     *
     * @return a value that differs after every reboot
     */
    String bootId();

    /**
     * Reboots in good order and returns when commands run again; the boot is known to be another one.
     *
     * @param timeout how long at most, down and up again
     * @param hopeless asked before each try; a text that says why waiting is of no use ends the wait at once
     * @throws org.sanboot.TestException when the guest does not reboot
     * @throws org.sanboot.InfrastructureException when it does not come back, with the last observation
     */
    void reboot(Duration timeout, Supplier<Optional<String>> hopeless);

    /**
     * Tells a guest that goes on from a saved state what time it is, and returns when its disks answer again.
     *
     * @param timeout how long at most
     * @throws org.sanboot.InfrastructureException when they do not, or the guest does not take the time
     */
    void resumed(Duration timeout);

    /**
     * Asks the operating system to shut down in good order and to switch the machine off; returns when it was asked.
     *
     * @throws org.sanboot.TestException when the guest refuses
     */
    void requestShutdown();

    /**
     * Asks the operating system what bus its boot disk is on.
     *
     * @return {@code iSCSI}, or what it is on instead in the guest's words
     * @throws org.sanboot.TestException when the guest does not say
     */
    String bootDiskBus();

    /** Forgets the connection, because the machine lost its power or starts anew. The next call makes a new one. */
    void disconnect();

    /**
     * Forgets which host key is the guest's, because its disk went back to a time at which it may have had another one, or
     * none; the next contact is the first again.
     */
    void forgetHostKey();

    /** Ends all connections. Closing again does nothing. */
    @Override
    void close();
}
