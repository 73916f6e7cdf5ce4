package org.sanboot.iscsi;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.sanboot.ConfigurationException;

/**
 * How an {@link IscsiServer} listens, and what initiators may use up.
 *
 * @param portals addresses to listen on, at least one; port 0 picks a free port
 * @param maxSessions sessions at once, at least 1
 * @param maxHalfOpenConnections connections at once that have not logged in yet, at least 1
 * @param loginTimeout how long a login may take, more than zero
 */
public record IscsiServerConfiguration(
        List<InetSocketAddress> portals, int maxSessions, int maxHalfOpenConnections, Duration loginTimeout) {

    private static final int DEFAULT_SESSIONS = 1024;
    private static final int DEFAULT_HALF_OPEN = 64;
    private static final Duration DEFAULT_LOGIN_TIMEOUT = Duration.ofSeconds(15);

    /**
     * Checks the values.
     *
     * @throws ConfigurationException when one is out of range
     */
    public IscsiServerConfiguration {
        portals = List.copyOf(portals);
        if (portals.isEmpty()) {
            throw new ConfigurationException("An iSCSI target needs at least one portal to listen on.");
        }
        portals.stream().filter(InetSocketAddress::isUnresolved).findFirst().ifPresent(portal -> {
            throw new ConfigurationException("The host name \"" + portal.getHostString() + "\" is not known.");
        });
        if (maxSessions < 1 || maxHalfOpenConnections < 1) {
            throw new ConfigurationException("maxSessions (" + maxSessions + ") and maxHalfOpenConnections ("
                    + maxHalfOpenConnections + ") must be at least 1.");
        }
        if (loginTimeout.isZero() || loginTimeout.isNegative()) {
            throw new ConfigurationException("loginTimeout (" + loginTimeout + ") must be more than zero.");
        }
    }

    /**
     * Listens on loopback only, on a free port.
     *
     * @return the default
     */
    public static IscsiServerConfiguration loopback() {
        return listeningOn(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    /**
     * Listens on the addresses given.
     *
     * @param portals at least one; port 0 picks a free port
     * @return a configuration with the default limits
     */
    public static IscsiServerConfiguration listeningOn(InetSocketAddress... portals) {
        return new IscsiServerConfiguration(
                List.of(portals), DEFAULT_SESSIONS, DEFAULT_HALF_OPEN, DEFAULT_LOGIN_TIMEOUT);
    }
}
