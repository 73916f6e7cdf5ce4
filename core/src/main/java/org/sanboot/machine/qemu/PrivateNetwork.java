package org.sanboot.machine.qemu;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.sanboot.InfrastructureException;
import org.sanboot.logging.Logging;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * A network of machines of one run, which nobody else can reach: a hub that passes each Ethernet frame on to all others.
 *
 * <p>A hub of our own rather than QEMU's multicast sockets: those give each machine its own frames back, which IPv6 takes
 * for a duplicate address, and let in everybody on this host. Like any hub it drops frames for a machine that does not
 * take them, such as a stopped one, so that nobody waits for it.
 *
 * <p>Thread-safe; one thread does all the passing on.
 */
public final class PrivateNetwork implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(PrivateNetwork.class);

    /** QEMU's largest packet, with its length before it (NET_BUFSIZE in net/net.h). */
    private static final int LARGEST_FRAME = 4 + 4096 + 65536;

    private final String name;
    private final Path socket;
    private final Selector selector;
    private final ServerSocketChannel server;
    private final List<Port> ports = new CopyOnWriteArrayList<>();

    private PrivateNetwork(String name, Path socket) throws IOException {
        this.name = name;
        this.socket = socket;
        this.selector = Selector.open();
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket)).configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
    }

    /**
     * Opens a network that ends with the run at the latest.
     *
     * @param run whose machines may join
     * @param name what it goes by in messages
     * @return the network, to be closed
     */
    public static PrivateNetwork open(Run run, String name) {
        try {
            String file = "net-" + UUID.randomUUID().toString().substring(0, 8);
            var network = new PrivateNetwork(name, run.socketDirectory().resolve(file));
            Thread thread = new Thread(network::passOn, "sanboot-network-" + name);
            thread.setDaemon(true);
            thread.start();
            return network;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot open the private network '%s': %s".formatted(name, e), e);
        }
    }

    /**
     * Returns what it goes by.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    Path socket() {
        return socket;
    }

    private void passOn() {
        try {
            while (selector.isOpen()) {
                selector.select(this::serve);
            }
        } catch (ClosedSelectorException e) {
            // Closed, as it should be in the end.
        } catch (IOException e) {
            LOGGER.warn("The private network '{}' broke down", name, e);
        } finally {
            ports.forEach(this::leave);
        }
    }

    private void serve(SelectionKey key) {
        try {
            if (key.attachment() instanceof Port port) {
                serve(key, port);
            } else {
                SocketChannel channel = server.accept();
                channel.configureBlocking(false);
                ports.add(new Port(channel, channel.register(selector, SelectionKey.OP_READ)));
            }
        } catch (IOException e) {
            LOGGER.debug("The private network '{}' has no new port: {}", name, e.toString());
        }
    }

    private void serve(SelectionKey key, Port port) {
        try {
            if (key.isWritable()) {
                port.flush();
            }
            if (key.isReadable()) {
                port.receive(this::passOn);
            }
        } catch (IOException e) {
            leave(port);
        }
    }

    private void passOn(Port from, ByteBuffer frame) {
        for (Port port : ports) {
            if (port != from) {
                try {
                    port.send(frame.duplicate());
                } catch (IOException e) {
                    leave(port);
                }
            }
        }
    }

    private void leave(Port port) {
        ports.remove(port);
        try {
            port.channel.close();
        } catch (IOException e) {
            LOGGER.debug("A port of the private network '{}' did not close: {}", name, e.toString());
        }
    }

    /** How many machines are plugged in. */
    int joined() {
        return ports.size();
    }

    /** Unplugs the machines that are still on it. Closing again does nothing. */
    @Override
    public void close() {
        try {
            server.close();
            selector.close();
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot close the private network '%s': %s".formatted(name, e), e);
        }
    }

    @FunctionalInterface
    private interface Receiver {
        void receive(Port from, ByteBuffer frame);
    }

    /** A machine's cable. A frame is preceded by its length in four bytes, big-endian. */
    private static final class Port {

        private final SocketChannel channel;
        private final SelectionKey key;
        private final ByteBuffer input = ByteBuffer.allocate(2 * LARGEST_FRAME);
        private ByteBuffer unsent = ByteBuffer.allocate(0);

        Port(SocketChannel channel, SelectionKey key) {
            this.channel = channel;
            this.key = key;
            key.attach(this);
        }

        void receive(Receiver receiver) throws IOException {
            if (channel.read(input) < 0) {
                throw new IOException("unplugged");
            }
            input.flip();
            while (input.remaining() >= 4) {
                int size = 4 + input.getInt(input.position());
                if (size < 4 || size > LARGEST_FRAME) {
                    throw new IOException("not a frame");
                }
                if (input.remaining() < size) {
                    break;
                }
                receiver.receive(this, input.slice(input.position(), size));
                input.position(input.position() + size);
            }
            input.compact();
        }

        /** Sends a frame, or the beginning of it and soon the rest, or drops it behind another one's rest. */
        void send(ByteBuffer frame) throws IOException {
            if (unsent.hasRemaining()) {
                return;
            }
            channel.write(frame);
            if (frame.hasRemaining()) {
                unsent = ByteBuffer.allocate(frame.remaining()).put(frame).flip();
                key.interestOpsOr(SelectionKey.OP_WRITE);
            }
        }

        void flush() throws IOException {
            channel.write(unsent);
            if (!unsent.hasRemaining()) {
                key.interestOpsAnd(~SelectionKey.OP_WRITE);
            }
        }
    }
}
