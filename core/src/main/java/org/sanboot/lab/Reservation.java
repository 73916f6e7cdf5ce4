package org.sanboot.lab;

/**
 * Room for all machines that a test, or a class with all its tests, can need at once.
 *
 * <p>It is taken as a whole when the first machine boots, so that who holds machines never waits for more of them. A machine
 * that ends gives its room back to the reservation, for the next one. The thread that reserves is taken for the one that
 * will close: while it waits for other machines, it is not expected to.
 */
public interface Reservation extends AutoCloseable {

    /** Gives the room back; that of machines which still run, when they end. Closing again does nothing. */
    @Override
    void close();
}
