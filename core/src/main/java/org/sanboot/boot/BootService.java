package org.sanboot.boot;

import java.net.URI;
import org.sanboot.ConfigurationException;

/**
 * Where boots are offered to physical hosts: a server in this JVM, or one that it shares with others.
 *
 * <p>Thread-safe.
 */
public interface BootService extends AutoCloseable {

    /**
     * Returns the script that every iPXE begins with, as DHCP should name it.
     *
     * @return an HTTP address
     */
    URI entryScript();

    /**
     * Offers a host a boot, in place of any earlier offer.
     *
     * @param mac of the card that it boots by; one of the lab's
     * @param script what it may run, as often as it starts
     * @param observer is told how far it comes, on threads of the service
     * @return closing it withdraws the offer
     * @throws ConfigurationException when the address is none of the lab's
     */
    BootOffer offer(MacAddress mac, IpxeScript script, BootObserver observer);

    /** Withdraws every offer that was made here. Closing again does nothing. */
    @Override
    void close();
}
