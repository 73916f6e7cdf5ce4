package org.sanboot.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Gives physical hosts the programs and scripts that they boot by.
 *
 * <p>A host's firmware fetches iPXE by TFTP or HTTP, iPXE fetches {@link #entryScript()}, and that asks for the host's own
 * script, by its hardware address, until there is one. An offer makes one: the host is given an address of its script that
 * serves once, and only where the neighbour table does not contradict the hardware address. A host without an offer is told
 * to wait; one that is none of the lab's is told to go on to its own disk.
 *
 * <p>Thread-safe. Observers are told on the server's threads.
 */
public final class BootServer implements BootService {

    private static final Logger LOGGER = Logging.logger(BootServer.class);
    private static final Pattern HOST = Pattern.compile("/boot/((?:[0-9a-f]{2}-){5}[0-9a-f]{2})\\.ipxe");
    private static final Pattern SCRIPT = Pattern.compile("/script/([0-9a-f]{32})\\.ipxe");
    private static final Pattern EVENT =
            Pattern.compile("/event/([0-9a-f]{32})/(script-running|san-failed)(?:/(\\w{1,20}))?");
    private static final Pattern FILE = Pattern.compile("/files/([a-z.]+)");
    private static final int THREADS = 16;

    private final BootServerConfiguration configuration;
    private final BiPredicate<InetAddress, MacAddress> contradicts;
    private final Map<String, Path> files;
    private final Map<MacAddress, ServedOffer> offers = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();
    private final HttpServer http;
    private final ExecutorService threads;
    private final TftpServer tftp;
    private final List<Runnable> companions = new CopyOnWriteArrayList<>();

    private BootServer(
            BootServerConfiguration configuration,
            Map<String, Path> files,
            BiPredicate<InetAddress, MacAddress> contradicts)
            throws IOException {
        this.configuration = configuration;
        this.files = files;
        this.contradicts = contradicts;
        this.http = HttpServer.create(new InetSocketAddress(configuration.address(), configuration.httpPort()), 0);
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newFixedThreadPool(THREADS, task -> {
            Thread thread = new Thread(task, "sanboot-boot-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        try {
            this.tftp =
                    TftpServer.start(new InetSocketAddress(configuration.address(), configuration.tftpPort()), files);
        } catch (IOException e) {
            http.stop(0);
            threads.shutdown();
            throw e;
        }
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        http.start();
    }

    /**
     * Starts a server.
     *
     * @param configuration where, and for whom
     * @return the server, to be closed
     * @throws ConfigurationException when a port cannot be had
     */
    public static BootServer start(BootServerConfiguration configuration) {
        return start(configuration, BootFiles.installed(), new NeighbourTable()::contradicts);
    }

    static BootServer start(
            BootServerConfiguration configuration,
            Map<String, Path> files,
            BiPredicate<InetAddress, MacAddress> contradicts) {
        try {
            return new BootServer(configuration, files, contradicts);
        } catch (IOException e) {
            throw new ConfigurationException(
                    "The boot server cannot listen on %s, TCP port %d and UDP port %d: %s. Ports below 1024 need root or"
                                    .formatted(
                                            configuration.address().getHostAddress(),
                                            configuration.httpPort(),
                                            configuration.tftpPort(),
                                            e.getMessage())
                            + " sysctl net.ipv4.ip_unprivileged_port_start; another server may have them, too.",
                    e);
        }
    }

    @Override
    public URI entryScript() {
        return uri("/boot.ipxe");
    }

    /**
     * Returns where firmware that boots by HTTP gets iPXE.
     *
     * @return an HTTP address
     */
    public URI httpBootFile() {
        return uri("/files/" + BootFiles.UEFI);
    }

    /**
     * Returns where programs are served by TFTP.
     *
     * @return address and port
     */
    public InetSocketAddress tftpAddress() {
        return tftp.address();
    }

    private URI uri(String path) {
        String host = configuration.address().getHostAddress();
        return URI.create("http://%s:%d%s"
                .formatted(
                        host.contains(":") ? "[" + host + "]" : host,
                        http.getAddress().getPort(),
                        path));
    }

    @Override
    public BootOffer offer(MacAddress mac, IpxeScript script, BootObserver observer) {
        return offer(mac, events -> script.reportingTo(events).text(), observer);
    }

    BootOffer offer(MacAddress mac, UnaryOperator<String> script, BootObserver observer) {
        if (!configuration.hosts().contains(mac)) {
            throw new ConfigurationException("%s is no host of this lab, so it is not booted.".formatted(mac));
        }
        ServedOffer offer = new ServedOffer(this, mac, script, observer);
        offers.put(mac, offer);
        return offer;
    }

    /**
     * Lets the observer of a host's offer know that the host asked for an address.
     *
     * @param mac of the card that asked; whoever has no offer does not matter
     */
    public void addressRequested(MacAddress mac) {
        ServedOffer offer = offers.get(mac);
        if (offer != null) {
            offer.observer().addressRequested();
        }
    }

    /**
     * Adds something that ends with this server.
     *
     * @param companion ends it; called once
     */
    public void endWith(Runnable companion) {
        companions.add(companion);
    }

    void withdraw(ServedOffer offer) {
        offers.remove(offer.mac(), offer);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            String method = exchange.getRequestMethod();
            if (!method.equals("GET") && !method.equals("HEAD")) {
                answer(exchange, 405, new byte[0]);
                return;
            }
            route(exchange, method.equals("HEAD"));
        } catch (RuntimeException e) {
            LOGGER.warn("Cannot answer {} {}", exchange.getRequestMethod(), exchange.getRequestURI(), e);
            exchange.close();
        }
    }

    /** A HEAD request asks what a GET would give, and uses nothing up. */
    private void route(HttpExchange exchange, boolean head) throws IOException {
        String path = exchange.getRequestURI().getPath();
        InetAddress from = exchange.getRemoteAddress().getAddress();
        Matcher host = HOST.matcher(path);
        Matcher script = SCRIPT.matcher(path);
        Matcher event = EVENT.matcher(path);
        Matcher file = FILE.matcher(path);
        if (path.equals("/boot.ipxe")) {
            script(exchange, BootScripts.entry(uri("/boot/").toString()));
        } else if (host.matches()) {
            script(exchange, hostScript(new MacAddress(host.group(1)), from, head));
        } else if (script.matches() && !head) {
            once(exchange, script.group(1), from);
        } else if (event.matches() && !head) {
            event(event.group(1), from, event.group(2), Optional.ofNullable(event.group(3)));
            script(exchange, BootScripts.EMPTY);
        } else if (file.matches() && files.containsKey(file.group(1))) {
            answer(exchange, 200, BootFiles.read(files.get(file.group(1))));
        } else {
            answer(exchange, 404, new byte[0]);
        }
    }

    private String hostScript(MacAddress mac, InetAddress from, boolean head) {
        if (!configuration.hosts().contains(mac)) {
            LOGGER.warn("{} asks at {} for a boot and is no host of this lab", mac, from.getHostAddress());
            return BootScripts.UNKNOWN;
        }
        ServedOffer offer = offers.get(mac);
        if (offer == null) {
            return BootScripts.WAIT;
        }
        if (contradicts.test(from, mac)) {
            LOGGER.warn("{} pretends to be {}", from.getHostAddress(), mac);
            return BootScripts.UNKNOWN;
        }
        byte[] nonce = new byte[16];
        random.nextBytes(nonce);
        String name = HexFormat.of().formatHex(nonce);
        if (!head) {
            offer.admit(name, from);
        }
        return BootScripts.admission(uri("/script/" + name + ".ipxe").toString());
    }

    private void once(HttpExchange exchange, String nonce, InetAddress from) throws IOException {
        String events = uri("/event/" + nonce).toString();
        for (ServedOffer offer : offers.values()) {
            Optional<String> script = offer.fetch(nonce, from, events);
            if (script.isPresent()) {
                script(exchange, script.orElseThrow());
                return;
            }
        }
        answer(exchange, 404, new byte[0]);
    }

    private void event(String nonce, InetAddress from, String what, Optional<String> detail) {
        for (ServedOffer offer : offers.values()) {
            if (offer.isAdmitted(nonce, from)) {
                if (what.equals("script-running")) {
                    offer.observer().scriptRunning();
                } else {
                    offer.observer().sanFailed(detail.orElse("unknown"));
                }
            }
        }
    }

    private static void script(HttpExchange exchange, String text) throws IOException {
        answer(exchange, 200, text.getBytes(US_ASCII));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            try (OutputStream stream = exchange.getResponseBody()) {
                stream.write(body);
            }
        }
    }

    /** Withdraws every offer and listens no more. Closing again does nothing. */
    @Override
    public void close() {
        offers.clear();
        companions.forEach(Runnable::run);
        companions.clear();
        http.stop(0);
        tftp.close();
        threads.shutdownNow();
    }
}
