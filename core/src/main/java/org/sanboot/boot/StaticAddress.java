package org.sanboot.boot;

import org.sanboot.ConfigurationException;

/**
 * An IPv4 configuration that is known beforehand, so that nobody need wait for DHCP.
 *
 * @param address the machine's own address
 * @param netmask in dotted form
 * @param gateway the way to everything that is not on the same network
 * @param nameServer the DNS server, which the operating system finds in the iBFT
 */
public record StaticAddress(String address, String netmask, String gateway, String nameServer) {

    private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private static final String DOTTED = "(%1$s\\.){3}%1$s".formatted(OCTET);

    /** Checks that all four are IPv4 addresses. */
    public StaticAddress {
        requireDotted("address", address);
        requireDotted("netmask", netmask);
        requireDotted("gateway", gateway);
        requireDotted("name server", nameServer);
    }

    private static void requireDotted(String what, String value) {
        if (!value.matches(DOTTED)) {
            throw new ConfigurationException(
                    "The %s '%s' is not an IPv4 address such as 10.0.2.15.".formatted(what, value));
        }
    }
}
