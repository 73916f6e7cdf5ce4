package org.sanboot.machine.physical;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.BootServer;
import org.sanboot.boot.BootServerConfiguration;
import org.sanboot.boot.BootService;
import org.sanboot.boot.DnsmasqConfiguration;
import org.sanboot.boot.IpxeScript;
import org.sanboot.boot.MacAddress;
import org.sanboot.boot.SharedBootServer;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.LabNetwork.AddressRange;
import org.sanboot.inventory.LeaseStore;
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
    private final BootService server;

    private BootNetwork(Run run, LabNetwork network, BootService server) {
        this.run = run;
        this.network = network;
        this.server = server;
    }

    /**
     * Joins the process of this controller that serves the network, or begins to serve it.
     *
     * @param run owns the processes
     * @param inventory with a network
     * @return closing it ends what was offered here, and serving if nobody else does that
     * @throws ConfigurationException when the inventory has no network, a port cannot be had, or a program is missing
     */
    public static BootNetwork start(Run run, Inventory inventory) {
        LabNetwork network = inventory
                .network()
                .orElseThrow(() ->
                        new ConfigurationException("The inventory has no 'network', which physical hosts boot from."));
        Set<MacAddress> hosts =
                inventory.hosts().stream().map(PhysicalHost::mac).collect(Collectors.toUnmodifiableSet());
        Supplier<BootServer> starter = () -> serve(run, network, hosts);
        // A port that is different each time cannot be found again by a host or a process.
        BootService server = network.httpPort() == 0
                ? starter.get()
                : SharedBootServer.start(LeaseStore.directoryOfController().resolve(socketName(network)), starter);
        return new BootNetwork(run, network, server);
    }

    private static BootServer serve(Run run, LabNetwork network, Set<MacAddress> hosts) {
        BootServer server = BootServer.start(
                new BootServerConfiguration(network.address(), network.httpPort(), network.tftpPort(), hosts));
        try {
            dhcpConfiguration(network, server, hosts).ifPresent(text -> {
                DhcpServer dhcp = DhcpServer.start(run, text, server::addressRequested);
                server.endWith(dhcp::close);
            });
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /** An address is one network's only within a network namespace, and files know nothing of those. */
    private static String socketName(LabNetwork network) {
        try {
            String namespace = Files.readSymbolicLink(Path.of("/proc/self/ns/net"))
                    .toString()
                    .replaceAll("\\D", "");
            String address = network.address().getHostAddress().replaceAll("[^0-9a-f.]", "-");
            return "boot-%s-%d-%s.socket".formatted(address, network.httpPort(), namespace);
        } catch (IOException e) {
            throw new InfrastructureException("The boot server needs Linux's /proc: " + e, e);
        }
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

    /** Tells whether DHCP requests are seen. */
    boolean seesDhcp() {
        return network.dhcp() != LabNetwork.Dhcp.SITE;
    }

    /** Tells whether any process serves the network. */
    boolean isServed() {
        return !(server instanceof SharedBootServer shared) || shared.isServed();
    }

    /**
     * Tells whether this process serves the network.
     *
     * @return false while another process of this controller does
     */
    public boolean serves() {
        return !(server instanceof SharedBootServer shared) || shared.serves();
    }

    /**
     * Returns where boots are offered.
     *
     * @return for offers without a machine
     */
    public BootService server() {
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
        server.close();
    }
}
