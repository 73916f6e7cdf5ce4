package org.sanboot.inventory;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The network on which physical hosts boot, as this controller stands in it.
 *
 * @param address this controller's own address there; the target and the boot server listen on it alone
 * @param device this controller's network device there, or null when the DHCP configuration need not name one
 * @param dhcp who answers DHCP
 * @param range first and last address to hand out, when Sanboot's configuration does
 * @param httpPort TCP port of the boot server, 0 to take any that is free
 * @param iscsiPort TCP port of the target, 0 to take any that is free
 * @param tftpPort UDP port of the boot server, 69 unless something in front forwards
 */
public record LabNetwork(
        InetAddress address,
        @Nullable String device,
        Dhcp dhcp,
        @Nullable AddressRange range,
        int httpPort,
        int iscsiPort,
        int tftpPort) {

    /** Who answers DHCP on the lab's network. */
    public enum Dhcp {
        /** The dnsmasq that Sanboot configures: addresses and boot files. */
        OWN,
        /** The site's server gives addresses, and Sanboot's dnsmasq the boot files beside it (proxyDHCP). */
        PROXY,
        /** The site's server gives both. */
        SITE
    }

    /**
     * Addresses to hand out.
     *
     * @param first the first one
     * @param last the last one
     */
    public record AddressRange(InetAddress first, InetAddress last) {}
}
