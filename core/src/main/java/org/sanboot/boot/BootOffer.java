package org.sanboot.boot;

/**
 * What one host may boot, until the offer is closed. Whenever the host asks, it gets an address of a script that is valid
 * once and for it alone.
 *
 * <p>Thread-safe.
 */
public interface BootOffer extends AutoCloseable {

    /** Withdraws the offer: the host is told to wait from now on. Closing again does nothing. */
    @Override
    void close();
}
