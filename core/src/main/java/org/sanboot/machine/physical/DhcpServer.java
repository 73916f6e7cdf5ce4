package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.MacAddress;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A dnsmasq that answers a lab's hosts, and tells who asked. It ends with its run. */
final class DhcpServer implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(DhcpServer.class);

    /** As in {@code DHCPDISCOVER(lab0) 52:54:00:00:00:01} and {@code PXE(lab0) 52:54:00:00:00:01 proxy}. */
    private static final Pattern REQUEST =
            Pattern.compile("(?:DHCPDISCOVER|DHCPREQUEST|PXE)\\(\\S+\\) (?:[0-9.]+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})");

    private final Process process;

    private DhcpServer(Process process) {
        this.process = process;
    }

    /**
     * Starts it.
     *
     * @param asked is told of each request, on a thread of the server's own
     */
    static DhcpServer start(Run run, String configuration, Consumer<MacAddress> asked) {
        Path dnsmasq = Programs.require("dnsmasq", "dnsmasq-base", "answer the DHCP requests of physical hosts");
        try {
            Path file = Files.writeString(run.directory().resolve("dnsmasq.conf"), configuration);
            // -d keeps it in the foreground and lets it log there; it changes no user, which needs more than root.
            Process process = run.start(new ProcessBuilder(
                            dnsmasq.toString(),
                            "-d",
                            "-C",
                            file.toString(),
                            "--dhcp-leasefile=" + run.directory().resolve("dnsmasq.leases"),
                            "--pid-file=")
                    .redirectErrorStream(true));
            awaitStart(process.inputReader(UTF_8), process);
            Thread reader = new Thread(() -> read(process, asked), "sanboot-dhcp");
            reader.setDaemon(true);
            reader.start();
            return new DhcpServer(process);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot start dnsmasq: " + e, e);
        }
    }

    private static void awaitStart(BufferedReader output, Process process) throws IOException {
        StringBuilder said = new StringBuilder();
        for (String line; (line = output.readLine()) != null; ) {
            said.append(line).append(' ');
            if (line.contains("started,")) {
                return;
            }
        }
        process.destroyForcibly();
        throw new InfrastructureException("dnsmasq does not start; it needs root, and a network without another one: "
                + said.toString().strip());
    }

    private static void read(Process process, Consumer<MacAddress> asked) {
        try {
            for (String line; (line = process.inputReader(UTF_8).readLine()) != null; ) {
                LOGGER.debug("{}", line);
                requester(line).ifPresent(asked);
            }
            LOGGER.warn("dnsmasq has ended; no host boots from the network any more");
        } catch (IOException e) {
            LOGGER.debug("dnsmasq: {}", e.toString());
        }
    }

    static Optional<MacAddress> requester(String line) {
        Matcher matcher = REQUEST.matcher(line);
        return matcher.find() ? Optional.of(new MacAddress(matcher.group(1))) : Optional.empty();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
