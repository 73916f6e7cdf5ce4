package org.sanboot.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Programs;
import org.sanboot.testing.TestHome;

/** What dnsmasq itself says to what we write for it. */
@Tag("boot")
class DnsmasqConfigurationIT {

    @TempDir
    private Path directory;

    @Test
    void dnsmasq_understands_both_configurations() throws Exception {
        TestHome.require(Programs.find("dnsmasq").isPresent(), "dnsmasq is missing: apt-get install dnsmasq-base");
        Set<MacAddress> hosts = Set.of(new MacAddress("52:54:00:00:00:01"));
        InetAddress address = InetAddress.getByName("10.78.0.1");
        try (BootServer server = BootServer.start(
                new BootServerConfiguration(InetAddress.getLoopbackAddress(), 0, 0, hosts),
                Map.of(),
                (host, mac) -> false)) {
            check(DnsmasqConfiguration.dhcp("lab0", address, InetAddress.getByName("10.78.0.9"), server, hosts));
            check(DnsmasqConfiguration.proxy("lab0", address, server, hosts));
        }
    }

    private void check(String text) throws Exception {
        Path file = Files.writeString(directory.resolve("dnsmasq.conf"), text);
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Programs.find("dnsmasq").orElseThrow().toString(), "--test", "-C", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor()).as(Files.readString(output) + text).isZero();
    }
}
