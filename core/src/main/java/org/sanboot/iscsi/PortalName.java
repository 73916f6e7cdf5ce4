package org.sanboot.iscsi;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** How a portal is named to initiators (RFC 7143 13.8). */
public final class PortalName {

    private PortalName() {}

    /**
     * Names a host by its address. The zone of an IPv6 address is left out: it is this host's own name of an interface, and
     * means nothing to a peer.
     *
     * @param address of the host
     * @return the address, an IPv6 one in brackets
     */
    public static String host(InetAddress address) {
        String host = address.getHostAddress();
        int zone = host.indexOf('%');
        String bare = zone < 0 ? host : host.substring(0, zone);
        return bare.indexOf(':') < 0 ? bare : "[" + bare + "]";
    }

    /**
     * Names a portal.
     *
     * @param portal where it listens
     * @return host and port, with a colon between
     */
    public static String of(InetSocketAddress portal) {
        return host(portal.getAddress()) + ":" + portal.getPort();
    }
}
