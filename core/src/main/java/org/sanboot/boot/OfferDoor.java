package org.sanboot.boot;

import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.OfferMessage.Kind;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Lets other processes of this controller offer boots by this JVM's server. What a process offered goes when its connection
 * does, so nothing is left of one that was killed.
 *
 * <p>Whoever may write to the socket's directory may offer. One thread accepts, and one serves each process.
 */
final class OfferDoor implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(OfferDoor.class);

    private final Path socket;
    private final BootServer server;
    private final ServerSocketChannel listener;
    private final Set<OfferConnection> connections = ConcurrentHashMap.newKeySet();

    private OfferDoor(Path socket, BootServer server, ServerSocketChannel listener) {
        this.socket = socket;
        this.server = server;
        this.listener = listener;
    }

    /**
     * Opens the door, in place of what a dead process has left. The caller has the server's ports, and so knows that nobody
     * else serves this network.
     */
    static OfferDoor open(Path socket, BootServer server) throws IOException {
        Files.deleteIfExists(socket);
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(UnixDomainSocketAddress.of(socket));
            // The umask would keep the other users out who may use the directory.
            Files.setPosixFilePermissions(
                    socket,
                    modeOf(Objects.requireNonNull(socket.toAbsolutePath().getParent())));
        } catch (IOException e) {
            listener.close();
            throw e;
        }
        OfferDoor door = new OfferDoor(socket, server, listener);
        thread("sanboot-offers", door::accept);
        return door;
    }

    private static Set<PosixFilePermission> modeOf(Path directory) throws IOException {
        Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(directory));
        mode.removeAll(Set.of(
                PosixFilePermission.OWNER_EXECUTE,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_EXECUTE));
        return mode;
    }

    private static void thread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                OfferConnection connection = new OfferConnection(channel);
                connections.add(connection);
                thread("sanboot-offers-client", () -> serve(connection));
            }
        } catch (ClosedChannelException e) {
            // Closed.
        } catch (IOException e) {
            LOGGER.warn("Other processes cannot offer boots here any more: {}", e.toString());
        }
    }

    private void serve(OfferConnection connection) {
        Map<Integer, BootOffer> offers = new HashMap<>();
        try (connection) {
            connection.send(new OfferMessage(
                    Kind.WELCOME, 0, OfferMessage.VERSION, server.entryScript().toString()));
            while (true) {
                answer(connection, connection.receive(), offers);
            }
        } catch (IOException e) {
            LOGGER.debug("A process that offered {} has gone: {}", offers.keySet(), e.toString());
        } finally {
            offers.values().forEach(BootOffer::close);
            connections.remove(connection);
        }
    }

    private void answer(OfferConnection connection, OfferMessage message, Map<Integer, BootOffer> offers)
            throws IOException {
        int number = message.offer();
        if (message.kind() == Kind.OFFER) {
            try {
                MacAddress mac = new MacAddress(message.subject());
                offers.put(
                        number,
                        server.offer(
                                mac,
                                events -> message.text().replace(OfferMessage.EVENTS, events),
                                new Forwarder(connection, number)));
            } catch (ConfigurationException e) {
                connection.send(new OfferMessage(Kind.REFUSED, number, "", String.valueOf(e.getMessage())));
                return;
            }
        } else if (message.kind() == Kind.WITHDRAW) {
            BootOffer offer = offers.remove(number);
            if (offer != null) {
                offer.close();
            }
        } else {
            throw new IOException("a client that says " + message.kind());
        }
        connection.send(OfferMessage.of(Kind.DONE, number));
    }

    /** Hands on what is observed of an offer. */
    private record Forwarder(OfferConnection connection, int number) implements BootObserver {

        @Override
        public void addressRequested() {
            send(OfferMessage.of(Kind.ADDRESS_REQUESTED, number));
        }

        @Override
        public void scriptFetched(InetAddress host) {
            send(OfferMessage.of(Kind.SCRIPT_FETCHED, number, host.getHostAddress()));
        }

        @Override
        public void scriptRunning() {
            send(OfferMessage.of(Kind.SCRIPT_RUNNING, number));
        }

        @Override
        public void sanFailed(String error) {
            send(OfferMessage.of(Kind.SAN_FAILED, number, error));
        }

        private void send(OfferMessage message) {
            try {
                connection.send(message);
            } catch (IOException e) {
                LOGGER.debug("Nobody hears that {}", message.kind());
            }
        }
    }

    /** Parts from all clients. The socket goes first, so that nobody knocks in vain. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(socket);
            listener.close();
            for (OfferConnection connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            LOGGER.debug("{}", e.toString());
        }
    }
}
