package org.sanboot.iscsi.session;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.net.ExtendedSocketOptions;
import org.sanboot.ConfigurationException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/** The portals of one server: they accept connections, and hold what connections share. */
public final class PortalGroup implements AutoCloseable {

    private static final Logger LOG = Logging.logger(PortalGroup.class);

    private static final int BACKLOG = 128;

    /** Buffers that are kept while nobody uses them, 260 KiB each. */
    private static final int BUFFERS = 32;

    private static final int HIGHEST_TSIH = 65_535;
    private static final long WATCH_SECONDS = 1;

    private final Limits limits;
    private final TargetDirectory directory = new TargetDirectory();
    private final BufferPool buffers = new BufferPool(BUFFERS);
    private final SecureRandom random = new SecureRandom();
    private final List<ServerSocketChannel> listeners = new ArrayList<>();
    private final List<InetSocketAddress> portals = new ArrayList<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final Set<Connection> halfOpen = ConcurrentHashMap.newKeySet();
    private final AtomicInteger tsih = new AtomicInteger();
    private final ThreadPoolExecutor supply;
    private final Lookout lookout;
    private final ScheduledExecutorService watchdog;
    private final Future<?> watch;
    private volatile boolean closed;

    /**
     * What initiators may use up.
     *
     * @param sessions at once
     * @param halfOpen connections that have not logged in, at once
     * @param loginTimeout how long a login may take
     */
    public record Limits(int sessions, int halfOpen, Duration loginTimeout) {}

    /**
     * Starts to listen.
     *
     * @param addresses of the portals; port 0 picks a free one
     * @param limits what initiators may use up
     * @throws ConfigurationException when an address cannot be bound
     */
    public PortalGroup(List<InetSocketAddress> addresses, Limits limits) {
        this(addresses, limits, daemons());
    }

    /** Starts to listen, on threads of a given make. */
    PortalGroup(List<InetSocketAddress> addresses, Limits limits, ThreadFactory threads) {
        this.limits = limits;
        this.supply =
                new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
        this.lookout = new Lookout(connections, threads);
        this.watchdog = Executors.newSingleThreadScheduledExecutor(threads);
        this.watch = watchdog.scheduleWithFixedDelay(this::watch, WATCH_SECONDS, WATCH_SECONDS, TimeUnit.SECONDS);
        try {
            addresses.forEach(this::listen);
        } catch (ConfigurationException e) {
            close();
            throw e;
        }
        lookout.start();
        listeners.forEach(listener -> threads.newThread(() -> accept(listener)).start());
    }

    private static ThreadFactory daemons() {
        AtomicInteger number = new AtomicInteger();
        return work -> {
            Thread thread = new Thread(work, "sanboot-iscsi-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private void listen(InetSocketAddress address) {
        ServerSocketChannel listener = null;
        try {
            listener = ServerSocketChannel.open();
            listeners.add(listener);
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(address, BACKLOG);
            portals.add((InetSocketAddress) listener.getLocalAddress());
        } catch (IOException | RuntimeException e) {
            throw new ConfigurationException(
                    "The iSCSI target cannot listen on " + address.getHostString() + ":" + address.getPort() + " ("
                            + e.getMessage() + "); choose another address or port, or port 0 for any that is free.",
                    e);
        }
    }

    private void accept(ServerSocketChannel listener) {
        while (!closed) {
            try {
                admit(listener.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException | RuntimeException | Error e) {
                // Out of file descriptors, threads or memory, most likely: let some connections end first.
                LOG.warn("A connection could not be accepted: {}", e.toString());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            }
        }
    }

    private void admit(SocketChannel channel) throws IOException {
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            keepAlive(channel);
        } catch (IOException | RuntimeException e) {
            LOG.debug("A connection went before it was set up: {}", e.getMessage());
            channel.close();
            return;
        }
        Connection connection = null;
        try {
            connection = new Connection(this, channel);
            makeRoom(connection);
            connections.add(connection);
            halfOpen.add(connection);
            if (closed) {
                connection.kill();
            }
            supply.execute(connection);
        } catch (RuntimeException | Error e) {
            channel.close();
            if (connection != null) {
                ended(connection);
            }
            throw e;
        }
    }

    /** Ends the oldest connections of the same peer that have not logged in, so that idle ones shut nobody out. */
    private void makeRoom(Connection newcomer) {
        InetAddress peer = newcomer.peer();
        List<Connection> waiting = halfOpen.stream()
                .filter(other -> Objects.equals(other.peer(), peer))
                .sorted(Comparator.comparingLong(other -> other.opened() - newcomer.opened()))
                .toList();
        waiting.stream()
                .limit(Math.max(0, waiting.size() + 1L - limits.halfOpen()))
                .forEach(oldest -> {
                    halfOpen.remove(oldest);
                    oldest.kill();
                });
    }

    /** Finds dead initiators by TCP alone: iPXE dies of an iSCSI ping. */
    private static void keepAlive(SocketChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
            channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 60);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
            channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 6);
        }
    }

    private void watch() {
        long now = System.nanoTime();
        connections.stream().filter(connection -> connection.isOverdue(now)).forEach(Connection::kill);
    }

    void loggedIn(Connection connection) {
        halfOpen.remove(connection);
    }

    void ended(Connection connection) {
        halfOpen.remove(connection);
        connections.remove(connection);
    }

    TargetDirectory directory() {
        return directory;
    }

    BufferPool buffers() {
        return buffers;
    }

    SecureRandom random() {
        return random;
    }

    /**
     * Returns threads as many as are wanted, which are kept for a while; none once all is closed.
     *
     * @return runs each task at once, on a thread of its own
     */
    public Executor threads() {
        return work -> {
            try {
                supply.execute(work);
            } catch (RejectedExecutionException e) {
                LOG.debug("Something was left undone when the target closed", e);
            }
        };
    }

    Lookout lookout() {
        return lookout;
    }

    Duration loginTimeout() {
        return limits.loginTimeout();
    }

    boolean hasRoomForSession() {
        return connections.size() - halfOpen.size() < limits.sessions();
    }

    int nextTsih() {
        return tsih.updateAndGet(last -> last == HIGHEST_TSIH ? 1 : last + 1);
    }

    boolean knowsTsih(int value) {
        return connections.stream().anyMatch(connection -> connection.hasTsih(value));
    }

    /**
     * Returns where the portals listen.
     *
     * @return addresses with their real ports
     */
    public List<InetSocketAddress> portals() {
        return List.copyOf(portals);
    }

    /**
     * Exports a target.
     *
     * @param target to export
     * @return false when there is one of that name and one of both takes connections from anywhere
     */
    public boolean add(Target target) {
        return directory.add(target);
    }

    /**
     * Ends the export of a target; returns when no command touches its disks any more.
     *
     * @param target to remove
     */
    public void remove(Target target) {
        directory.remove(target);
        target.close();
    }

    /** Ends everything; returns when no command touches a disk any more. */
    @Override
    public void close() {
        closed = true;
        for (ServerSocketChannel listener : listeners) {
            try {
                listener.close();
            } catch (IOException e) {
                LOG.debug("A portal did not close: {}", e.getMessage());
            }
        }
        directory.all().forEach(this::remove);
        connections.forEach(Connection::kill);
        watch.cancel(false);
        watchdog.shutdown();
        lookout.close();
        supply.shutdown();
    }
}
