package org.sanboot.machine.physical;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.BootServer;
import org.sanboot.boot.BootServerConfiguration;
import org.sanboot.boot.DnsmasqConfiguration;
import org.sanboot.boot.IpxeScript;
import org.sanboot.boot.MacAddress;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.LabNetwork.AddressRange;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.process.Run;

/**
 * All that hosts need on their network to boot: the boot server, and DHCP as the inventory asks for.
 *
 * <p>Thread-safe. One serves all hosts of an inventory.
 */
public final class BootNetwork implements AutoCloseable {

    private final Run run;
    private final LabNetwork network;
    private final BootServer server;
    private final @Nullable DhcpServer dhcp;
    private final List<Consumer<MacAddress>> requests = new CopyOnWriteArrayList<>();

    private BootNetwork(Run run, LabNetwork network, Set<MacAddress> hosts) {
        this.run = run;
        this.network = network;
        this.server = BootServer.start(
                new BootServerConfiguration(network.address(), network.httpPort(), network.tftpPort(), hosts));
        try {
            this.dhcp = dhcpConfiguration(network, server, hosts)
                    .map(text -> DhcpServer.start(run, text, this::asked))
                    .orElse(null);
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /**
     * Starts serving.
     *
     * @param run owns the processes
     * @param inventory with a network
     * @return closing it stops serving
     * @throws ConfigurationException when the inventory has no network, a port cannot be had, or a program is missing
     */
    public static BootNetwork start(Run run, Inventory inventory) {
        LabNetwork network = inventory
                .network()
                .orElseThrow(() ->
                        new ConfigurationException("The inventory has no 'network', which physical hosts boot from."));
        Set<MacAddress> hosts =
                inventory.hosts().stream().map(PhysicalHost::mac).collect(Collectors.toUnmodifiableSet());
        return new BootNetwork(run, network, hosts);
    }

    private static Optional<String> dhcpConfiguration(LabNetwork network, BootServer server, Set<MacAddress> hosts) {
        String device = network.device();
        AddressRange range = network.range();
        if (network.dhcp() == LabNetwork.Dhcp.SITE) {
            return Optional.empty();
        }
        if (device == null) {
            throw new ConfigurationException("The inventory's 'network' needs its 'device' for DHCP.");
        }
        return Optional.of(
                range == null || network.dhcp() == LabNetwork.Dhcp.PROXY
                        ? DnsmasqConfiguration.proxy(device, network.address(), server, hosts)
                        : DnsmasqConfiguration.dhcp(device, range.first(), range.last(), server, hosts));
    }

    private void asked(MacAddress mac) {
        requests.forEach(listener -> listener.accept(mac));
    }

    /** Lets somebody know of each DHCP request that the lab's own server sees. */
    void addDhcpListener(Consumer<MacAddress> listener) {
        requests.add(listener);
    }

    void removeDhcpListener(Consumer<MacAddress> listener) {
        requests.remove(listener);
    }

    /** Tells whether DHCP requests are seen. */
    boolean seesDhcp() {
        return dhcp != null;
    }

    /**
     * Returns the boot server.
     *
     * @return for offers without a machine
     */
    public BootServer server() {
        return server;
    }

    /**
     * Returns this controller's address on the network, where targets for hosts listen.
     *
     * @return the address
     */
    public InetAddress address() {
        return network.address();
    }

    /**
     * Makes a machine of a host that is leased; it may be on still, from whoever had it before.
     *
     * @param host one of the inventory's
     * @param script what it boots; {@linkplain IpxeScript.Builder#chained() chained}
     * @return the machine, to be closed
     * @throws ConfigurationException when a program that it needs is missing, or nothing can switch it off
     */
    public PhysicalMachine machine(PhysicalHost host, IpxeScript script) {
        return new PhysicalMachine(run, this, host, script);
    }

    @Override
    public void close() {
        if (dhcp != null) {
            dhcp.close();
        }
        server.close();
    }
}
