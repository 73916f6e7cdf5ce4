package org.sanboot.boot;

import java.net.InetAddress;
import java.util.Set;

/**
 * What a boot server needs to know.
 *
 * @param address on which it listens, and nowhere else
 * @param httpPort TCP port for scripts, 0 to take any that is free
 * @param tftpPort UDP port for the programs that firmware starts, 0 to take any that is free; firmware asks at 69
 * @param hosts the hardware addresses of the lab's hosts; any other is never booted
 */
public record BootServerConfiguration(InetAddress address, int httpPort, int tftpPort, Set<MacAddress> hosts) {

    /** Copies the addresses. */
    public BootServerConfiguration {
        hosts = Set.copyOf(hosts);
    }
}
