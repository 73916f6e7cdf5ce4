package org.sanboot.guest.ssh;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.CredentialsRefusedException;

/**
 * The one session with a guest that everything shares, made when it is needed and again when it has died.
 *
 * <p>Thread-safe: {@code connecting} is held while a session is made, the monitor only for a moment, so that
 * {@link #disconnect()} can end an attempt that is under way.
 */
final class SshConnection implements AutoCloseable {

    /** Below the 10 that OpenSSH's MaxSessions allows, because a server frees a channel a little later than we do. */
    private static final int MAXIMUM_CHANNELS = 8;

    private static final int UNANSWERED_KEEP_ALIVES = 2;

    private static final Duration SESSION_FOLLOWS_ITS_CHANNELS_WITHIN = Duration.ofMillis(300);

    /**
     * How much is given to the library to send at a time. It waits a tenth of a second whenever a packet is larger than
     * the channel's window, and dropbear's window of 24 KiB is smaller than the packets it says it takes.
     */
    static final int BLOCK_SIZE = 8192;

    /** What the library says when a session turned out dead before a request went out on the channel. */
    private static final Set<String> DEAD_BEFORE_SENDING = Set.of("session is down", "channel is not opened.");

    /** What it says when the server accepted a subsystem that ended at once, and when it refused a request. */
    private static final String SUBSYSTEM_ENDED = "inputstream is closed";

    private static final String REQUEST_REFUSED = "failed to send channel request";

    private final SshConfiguration configuration;
    private final JSch jsch;
    private final PinnedHostKey hostKey = new PinnedHostKey();
    private final Semaphore channels = new Semaphore(MAXIMUM_CHANNELS, true);
    private final ReentrantLock connecting = new ReentrantLock();
    private @Nullable Link current;
    private boolean closed;

    /** A session and what it goes over. */
    private static final class Link {
        private final Session session;
        private final Wire wire;
        private volatile boolean established;

        Link(Session session, Wire wire) {
            this.session = session;
            this.wire = wire;
        }

        /** While the library logs in, it survives the end of its connection, but not that of the session. */
        void end() {
            if (established) {
                session.disconnect();
            } else {
                wire.close();
            }
        }
    }

    /** Checks the credentials as far as that is possible without a server. */
    SshConnection(SshConfiguration configuration) {
        this.configuration = configuration;
        this.jsch = Identities.load(configuration.authentication());
        jsch.setHostKeyRepository(hostKey);
    }

    /** Where the guest is now; an infrastructure error when it is nowhere. */
    InetSocketAddress address() {
        try {
            return configuration.address().get();
        } catch (IllegalStateException e) {
            throw new InfrastructureException("The guest cannot be reached: " + e.getMessage(), e);
        }
    }

    /**
     * Opens a channel, on a new session when there is none or it turns out dead before anything was sent.
     *
     * @param prepare gets the channel before it is opened, a new one if need be, and says what becomes of it
     */
    <C extends Channel, T> T open(String type, Class<C> kind, Function<C, T> prepare) {
        Session session = session();
        try {
            return open(session, type, kind, prepare);
        } catch (DeadSessionException e) {
            retire(session);
        }
        session = session();
        try {
            return open(session, type, kind, prepare);
        } catch (DeadSessionException e) {
            retire(session);
            throw lost("twice before anything was sent, the second time because %s".formatted(e.getMessage()), e);
        }
    }

    /** Waits until the guest may be asked for one channel more; each one is {@linkplain #release() given back}. */
    void reserve(Duration timeout) {
        try {
            if (!channels.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new TestException("%d commands and copies keep the guest at %s busy already; none ended within %s"
                        .formatted(MAXIMUM_CHANNELS, address(), Readiness.spoken(timeout)));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TestException("Interrupted while waiting for the guest's other commands to end", e);
        }
    }

    void release() {
        channels.release();
    }

    /** Whether nobody but the one who asks has a channel. */
    boolean hasOneChannel() {
        return channels.availablePermits() == MAXIMUM_CHANNELS - 1;
    }

    GuestSystem system() {
        return configuration.system();
    }

    /** Makes a session over a connection that has been made already; what there was before is ended. */
    void connect(Wire wire, InetSocketAddress address, Duration silence) {
        connecting.lock();
        try {
            disconnect();
            establish(wire, address, millis(silence));
        } finally {
            connecting.unlock();
        }
    }

    /** Ends the session, or the attempt to make one, if there is any. */
    void disconnect() {
        Link link;
        synchronized (this) {
            link = current;
            current = null;
        }
        if (link != null) {
            link.end();
        }
    }

    void forgetHostKey() {
        hostKey.forget();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        disconnect();
    }

    static InfrastructureException lost(String when, @Nullable Throwable cause) {
        return new InfrastructureException(
                "The machine went down, or its network or ssh server: the connection to the guest was lost " + when,
                cause);
    }

    private Session session() {
        connecting.lock();
        try {
            Session live = live();
            if (live != null) {
                return live;
            }
            InetSocketAddress address = address();
            try {
                int timeout = millis(configuration.connectTimeout());
                return establish(Wire.connect(address, timeout), address, timeout);
            } catch (IOException e) {
                throw unreachable(address, e);
            }
        } finally {
            connecting.unlock();
        }
    }

    private synchronized @Nullable Session live() {
        return current != null && current.session.isConnected() ? current.session : null;
    }

    private Session establish(Wire wire, InetSocketAddress address, int silenceMillis) {
        try {
            var link = new Link(newSession(wire, address), wire);
            begin(link);
            try {
                Session session = link.session;
                Interruptible.run(
                        "a connection to it was made",
                        JSchException.class,
                        () -> session.connect(silenceMillis),
                        wire::close);
            } finally {
                link.established = true;
                if (!isCurrent(link)) {
                    link.end();
                }
            }
            return link.session;
        } catch (JSchException e) {
            wire.close();
            throw failure(wire, address, e);
        }
    }

    private synchronized void begin(Link link) {
        if (closed) {
            link.end();
            throw new IllegalStateException("the guest has been closed");
        }
        current = link;
    }

    private Session newSession(Wire wire, InetSocketAddress address) throws JSchException {
        Session session = jsch.getSession(configuration.user(), address.getHostString(), address.getPort());
        session.setSocketFactory(wire);
        session.setDaemonThread(true);
        session.setConfig("StrictHostKeyChecking", "yes");
        session.setServerAliveInterval(millis(configuration.keepAlive()));
        session.setServerAliveCountMax(UNANSWERED_KEEP_ALIVES);
        SshAuthentication authentication = configuration.authentication();
        if (authentication instanceof SshAuthentication.Password password) {
            session.setConfig("PreferredAuthentications", "password,keyboard-interactive");
            session.setPassword(password.secret().get().getBytes(StandardCharsets.UTF_8));
        } else {
            session.setConfig("PreferredAuthentications", "publickey");
        }
        return session;
    }

    private RuntimeException failure(Wire wire, InetSocketAddress address, JSchException e) {
        if (e instanceof JSchChangedHostKeyException) {
            return new HostKeyChangedException(
                    "Not the guest that was there before answers at %s: its host key is %s. Another machine took its place, or its disk went back to a time before it made that key"
                            .formatted(address, hostKey.describeChange()),
                    e);
        }
        String message = String.valueOf(e.getMessage());
        // The library has no type of its own for a refusal, and reports a connection that ends meanwhile as one.
        boolean refused = message.startsWith("Auth ") && !wire.ended();
        if (refused || message.contains("authentication failures")) {
            return new CredentialsRefusedException(
                    "The guest at %s refuses user '%s' with %s; %s"
                            .formatted(
                                    address,
                                    configuration.user(),
                                    configuration.authentication(),
                                    message.replaceAll(".*methods '(.*)'", "it accepts: $1")),
                    e);
        }
        return unreachable(address, e);
    }

    private static InfrastructureException unreachable(InetSocketAddress address, Exception e) {
        return new InfrastructureException(
                "The guest's ssh server at %s cannot be reached: %s".formatted(address, reason(e)), e);
    }

    /** The library wraps exceptions into texts, type names and all. */
    private static String reason(Exception e) {
        if (e.getCause() instanceof java.net.SocketTimeoutException) {
            return "it accepts connections and then says nothing";
        }
        String message = String.valueOf(e.getMessage());
        return message.replace("Session.connect: ", "").replaceAll("^(\\w+\\.)+\\w+(Exception|Error): ", "");
    }

    private <C extends Channel, T> T open(Session session, String type, Class<C> kind, Function<C, T> prepare)
            throws DeadSessionException {
        @Nullable Channel opened = null;
        try {
            opened = session.openChannel(type);
            if (opened == null) {
                throw new DeadSessionException("it ends just now", null);
            }
            C channel = kind.cast(opened);
            T result = prepare.apply(channel);
            int timeout = millis(configuration.connectTimeout());
            // Never given up halfway: whoever has the channel ends what runs on it.
            Interruptible.run(
                    "a channel to the guest was opened", JSchException.class, () -> channel.connect(timeout), () -> {});
            return result;
        } catch (JSchException e) {
            boolean refused = opened != null && opened.getExitStatus() > 0;
            if (!refused && nothingWasSent(e)) {
                throw new DeadSessionException(reason(e), e);
            }
            boolean answered = Set.of(SUBSYSTEM_ENDED, REQUEST_REFUSED).contains(reason(e));
            if (opened instanceof ChannelSftp && answered) {
                if (ends(opened)) {
                    throw new DeadSessionException(reason(e), e);
                }
                throw new ConfigurationException(
                        "The ssh server of the guest at %s offers no SFTP, which copies files (%s); a Debian guest needs the package openssh-sftp-server"
                                .formatted(address(), reason(e)),
                        e);
            }
            throw new InfrastructureException(
                    "The guest at %s opens no %s channel: %s".formatted(address(), type, reason(e)), e);
        }
    }

    /** Tells whether a channel was closed because its session ends, which is said a moment later. */
    static boolean ends(Channel channel) {
        try {
            Awaitility.await("end of the session")
                    .pollInSameThread()
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(SESSION_FOLLOWS_ITS_CHANNELS_WITHIN)
                    .until(() -> !channel.getSession().isConnected());
            return true;
        } catch (ConditionTimeoutException e) {
            return false;
        }
    }

    /** A write that failed did not take a whole packet to the guest, and half of one does nothing there. */
    private static boolean nothingWasSent(JSchException e) {
        return e.getCause() instanceof SocketException || DEAD_BEFORE_SENDING.contains(String.valueOf(e.getMessage()));
    }

    private void retire(Session session) {
        synchronized (this) {
            if (current != null && current.session == session) {
                current = null;
            }
        }
        session.disconnect();
    }

    private synchronized boolean isCurrent(Link link) {
        return current == link;
    }

    private static int millis(Duration duration) {
        return (int) Math.max(1, Math.min(duration.toMillis(), Integer.MAX_VALUE));
    }

    private static final class DeadSessionException extends Exception {

        private static final long serialVersionUID = 1;

        DeadSessionException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }
}
