package org.sanboot.inventory;

import java.util.Optional;

/** The right to use a host, for the time until it is closed. Thread-safe. */
public interface Lease extends AutoCloseable {

    /**
     * Returns the host.
     *
     * @return its name
     */
    String host();

    /**
     * Returns whose lease this one follows without that having ended: the host may still run, and must be powered off first.
     *
     * @return the process that died, or nothing
     */
    Optional<LeaseOwner> takenOverFrom();

    /**
     * Tells whether the host is still ours. It is not when this process gave no sign of life for so long that somebody
     * took the host over.
     *
     * @return false after that, and after closing
     */
    boolean isHeld();

    /** Says that the host booted; forgets failed boots. */
    void bootSucceeded();

    /**
     * Says that the host did not boot.
     *
     * @param reason one sentence
     * @return true when that was once too often and the host is set aside
     */
    boolean bootFailed(String reason);

    /**
     * Sets the host aside at once, because it cannot be left to the next.
     *
     * @param reason one sentence
     */
    void setAside(String reason);

    /** Gives the host back; it must be off. Closing again does nothing. */
    @Override
    void close();
}
