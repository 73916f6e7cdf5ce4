package org.sanboot.iscsi;

import java.net.InetSocketAddress;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * Decides by where a connection comes from whether an export takes it, before names and secrets are looked at.
 *
 * <p>Exports of one server may share a target name when each has a rule: a login goes to the one whose rule takes the
 * connection. Called on a connection's own thread, once for each login.
 */
@FunctionalInterface
public interface PeerRule {

    /**
     * Decides about a connection.
     *
     * @param peer where it comes from
     * @param portal where it arrived
     * @return true to take it
     */
    boolean admits(InetSocketAddress peer, InetSocketAddress portal);

    /**
     * Takes connections of one process of this host, as Linux's {@code /proc} tells, which this process must be allowed to
     * read; elsewhere nothing is taken. A guest that reaches the portal through QEMU's user network is its QEMU to this
     * rule, so neither other users of the host nor other guests come in.
     *
     * @param processId the process as of now, asked at each login; empty to take nothing
     * @return the rule
     */
    static PeerRule process(Supplier<OptionalLong> processId) {
        return (peer, portal) -> {
            OptionalLong id = processId.get();
            return id.isPresent() && new SocketOwner(id.getAsLong()).owns(peer, portal);
        };
    }
}
