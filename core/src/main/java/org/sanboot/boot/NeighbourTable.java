package org.sanboot.boot;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** The kernel's ARP table, which knows who a sender on the same network is. */
final class NeighbourTable {

    private final Path table;

    NeighbourTable() {
        this(Path.of("/proc/net/arp"));
    }

    NeighbourTable(Path table) {
        this.table = table;
    }

    /** Tells whether the sender is known to have another hardware address; behind a router nothing is known. */
    boolean contradicts(InetAddress address, MacAddress mac) {
        try {
            return Files.readAllLines(table).stream()
                    .map(line -> line.split("\\s+", -1))
                    .filter(fields -> fields.length > 3 && fields[0].equals(address.getHostAddress()))
                    .anyMatch(fields ->
                            !fields[3].equalsIgnoreCase(mac.value()) && !fields[3].equals("00:00:00:00:00:00"));
        } catch (IOException e) {
            return false;
        }
    }
}
