package org.sanboot.boot;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes the configuration of dnsmasq, which answers the DHCP requests of a lab's hosts and of nobody else.
 *
 * <p>iPXE is known by its encapsulated options (175), whether the firmware brought it or TFTP did: it gets the entry script,
 * and so there is no loop. Everything else gets the build of iPXE for its architecture (RFC 4578, RFC 5970).
 */
public final class DnsmasqConfiguration {

    private DnsmasqConfiguration() {}

    /**
     * Writes a configuration that gives addresses and boot files, for a network without another DHCP server.
     *
     * @param device the controller's network device on that network
     * @param first the first address to give
     * @param last the last one
     * @param server the boot server, whose TFTP port firmware expects to be 69
     * @param hosts who is answered
     * @return the file's text
     */
    public static String dhcp(
            String device, InetAddress first, InetAddress last, BootServer server, Collection<MacAddress> hosts) {
        Stream<String> lease = Stream.of(
                "dhcp-range=%s,%s,1h".formatted(first.getHostAddress(), last.getHostAddress()),
                // Two hosts of one address, one of them left over from another run, must not be.
                "dhcp-authoritative",
                // iPXE waits for a router to say that there is no IPv6 to be had.
                "enable-ra",
                "dhcp-range=::,constructor:%s,ra-only".formatted(device));
        Stream<String> files = Stream.of(
                "dhcp-boot=tag:sanboot,tag:!ipxe,tag:!uefi,tag:!http,%s,,%s".formatted(BootFiles.BIOS, tftp(server)),
                "dhcp-boot=tag:sanboot,tag:!ipxe,tag:uefi,%s,,%s".formatted(BootFiles.UEFI, tftp(server)),
                "dhcp-match=set:http,option:client-arch,16",
                "dhcp-option-force=tag:sanboot,tag:http,60,HTTPClient",
                "dhcp-boot=tag:sanboot,tag:!ipxe,tag:http,%s".formatted(server.httpBootFile()));
        return text(device, Stream.concat(lease, files), server, hosts);
    }

    /**
     * Writes a configuration that gives boot files only, beside the site's own DHCP server (PXE specification 2.1, proxyDHCP).
     *
     * @param device the controller's network device on that network
     * @param network any address of the network
     * @param server the boot server, whose TFTP port firmware expects to be 69
     * @param hosts who is answered
     * @return the file's text
     */
    public static String proxy(String device, InetAddress network, BootServer server, Collection<MacAddress> hosts) {
        Stream<String> lines = Stream.of(
                "dhcp-range=%s,proxy".formatted(network.getHostAddress()),
                "pxe-service=tag:sanboot,tag:!ipxe,x86PC,sanboot,%s,%s".formatted(BootFiles.BIOS, tftp(server)),
                "pxe-service=tag:sanboot,tag:!ipxe,BC_EFI,sanboot,%s,%s".formatted(BootFiles.UEFI, tftp(server)),
                "pxe-service=tag:sanboot,tag:!ipxe,X86-64_EFI,sanboot,%s,%s".formatted(BootFiles.UEFI, tftp(server)));
        return text(device, lines, server, hosts);
    }

    private static String tftp(BootServer server) {
        return server.tftpAddress().getAddress().getHostAddress();
    }

    private static String text(String device, Stream<String> own, BootServer server, Collection<MacAddress> hosts) {
        List<String> common = List.of(
                "# Written by sanboot; changes are lost.",
                "port=0",
                "interface=" + device,
                "bind-interfaces",
                "log-dhcp",
                "dhcp-ignore=tag:!sanboot",
                "dhcp-match=set:ipxe,175",
                "dhcp-match=set:uefi,option:client-arch,7",
                "dhcp-match=set:uefi,option:client-arch,9",
                // Without a server's address iPXE does not take what a proxy says for a boot (its dhcp_has_pxeopts).
                "dhcp-boot=tag:sanboot,tag:ipxe,%s,,%s".formatted(server.entryScript(), tftp(server)));
        Stream<String> known =
                hosts.stream().map(mac -> "dhcp-host=" + mac + ",set:sanboot").sorted();
        return Stream.of(common.stream(), own, known)
                .flatMap(lines -> lines)
                .collect(Collectors.joining("\n", "", "\n"));
    }
}
