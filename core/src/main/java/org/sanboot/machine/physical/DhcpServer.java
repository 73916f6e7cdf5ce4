package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.MacAddress;
import org.sanboot.logging.Logging;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/** A dnsmasq that answers a lab's hosts, and tells who asked. It is started anew when it ends, and ends with its run. */
final class DhcpServer implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(DhcpServer.class);

    /** As in {@code DHCPDISCOVER(lab0) 52:54:00:00:00:01} and {@code PXE(lab0) 52:54:00:00:00:01 proxy}. */
    private static final Pattern REQUEST =
            Pattern.compile("(?:DHCPDISCOVER|DHCPREQUEST|PXE)\\(\\S+\\) (?:[0-9.]+ )?((?:[0-9a-f]{2}:){5}[0-9a-f]{2})");

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration END_TIMEOUT = Duration.ofSeconds(3);

    private final Run run;
    private final List<String> command;
    private final Consumer<MacAddress> asked;
    private volatile Process process;
    private volatile boolean closed;

    private DhcpServer(Run run, List<String> command, Consumer<MacAddress> asked) {
        this.run = run;
        this.command = command;
        this.asked = asked;
        this.process = launch();
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
            List<String> command = List.of(
                    dnsmasq.toString(),
                    "-d",
                    "-C",
                    file.toString(),
                    "--dhcp-leasefile=" + run.directory().resolve("dnsmasq.leases"),
                    "--pid-file=");
            DhcpServer server = new DhcpServer(run, command, asked);
            Thread keeper = new Thread(server::keep, "sanboot-dhcp");
            keeper.setDaemon(true);
            keeper.start();
            return server;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot start dnsmasq: " + e, e);
        }
    }

    private Process launch() {
        try {
            Process started = run.start(new ProcessBuilder(command).redirectErrorStream(true));
            awaitStart(started.inputReader(UTF_8), started);
            return started;
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

    /** Reads what it says, and starts it anew when it has ended. */
    private void keep() {
        Duration pause = FIRST_PAUSE;
        while (true) {
            read(process);
            if (closed) {
                return;
            }
            LOGGER.warn("dnsmasq has ended; it is started anew in {}", pause);
            try {
                Pause.SLEEP.of(pause);
                Process next = launch();
                process = next;
                if (closed) {
                    next.destroy();
                }
                pause = FIRST_PAUSE;
            } catch (InfrastructureException e) {
                LOGGER.warn("No host boots from the network: {}", e.getMessage());
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            } catch (IllegalStateException e) {
                // The run has ended meanwhile.
                return;
            }
        }
    }

    private void read(Process running) {
        try {
            for (String line; (line = running.inputReader(UTF_8).readLine()) != null; ) {
                LOGGER.debug("{}", line);
                requester(line).ifPresent(asked);
            }
        } catch (IOException e) {
            LOGGER.debug("dnsmasq: {}", e.toString());
        }
    }

    static Optional<MacAddress> requester(String line) {
        Matcher matcher = REQUEST.matcher(line);
        return matcher.find() ? Optional.of(new MacAddress(matcher.group(1))) : Optional.empty();
    }

    /** Returns when it has ended, so that a successor can have its ports. */
    @Override
    public void close() {
        closed = true;
        Process running = process;
        running.destroy();
        try {
            if (!running.waitFor(END_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            running.destroyForcibly();
        }
    }
}
