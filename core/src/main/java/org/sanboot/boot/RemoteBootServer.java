package org.sanboot.boot;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.OfferMessage.Kind;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * The boot server of another process, for as long as that lives.
 *
 * <p>Thread-safe. One thread receives, and tells observers; they must not make or withdraw offers on it.
 */
final class RemoteBootServer implements BootService {

    private static final Logger LOGGER = Logging.logger(RemoteBootServer.class);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private final OfferConnection connection;
    private final Runnable lost;
    private final BlockingQueue<OfferMessage> answers = new LinkedBlockingQueue<>();
    private final Map<Integer, BootObserver> observers = new ConcurrentHashMap<>();
    private final Object requests = new Object();
    private final URI entryScript;
    private volatile boolean closed;
    private volatile boolean gone;

    /** Guarded by {@link #requests}. */
    private int lastOffer;

    private RemoteBootServer(OfferConnection connection, Runnable lost) throws IOException {
        this.connection = connection;
        this.lost = lost;
        Thread reader = new Thread(this::receive, "sanboot-offers-server");
        reader.setDaemon(true);
        reader.start();
        OfferMessage welcome = answer();
        if (welcome.kind() != Kind.WELCOME || !welcome.subject().equals(OfferMessage.VERSION)) {
            close();
            throw new ConfigurationException(
                    "The boot server that runs on this machine is of another version of Sanboot (protocol %s, here %s); use one version for one lab."
                            .formatted(welcome.subject(), OfferMessage.VERSION));
        }
        this.entryScript = URI.create(welcome.text());
    }

    /**
     * Finds the server.
     *
     * @param socket where it listens
     * @param lost is called once, on a thread of the connection, when the server has ended
     * @throws IOException when there is none
     */
    static RemoteBootServer connect(Path socket, Runnable lost) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            return new RemoteBootServer(new OfferConnection(channel), lost);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void receive() {
        try {
            while (true) {
                OfferMessage message = connection.receive();
                BootObserver observer = observers.get(message.offer());
                if (isAnswer(message.kind())) {
                    answers.add(message);
                } else if (observer != null) {
                    tell(observer, message);
                }
            }
        } catch (IOException e) {
            gone = true;
            answers.add(OfferMessage.of(Kind.REFUSED, 0));
            if (!closed) {
                lost.run();
            }
        }
    }

    private static boolean isAnswer(Kind kind) {
        return kind == Kind.WELCOME || kind == Kind.DONE || kind == Kind.REFUSED;
    }

    private static void tell(BootObserver observer, OfferMessage message) throws UnknownHostException {
        try {
            switch (message.kind()) {
                case ADDRESS_REQUESTED -> observer.addressRequested();
                case SCRIPT_FETCHED -> observer.scriptFetched(InetAddress.getByName(message.subject()));
                case SCRIPT_RUNNING -> observer.scriptRunning();
                case SAN_FAILED -> observer.sanFailed(message.subject());
                case WELCOME, OFFER, WITHDRAW, DONE, REFUSED -> throw new IllegalStateException(message.toString());
            }
        } catch (RuntimeException e) {
            LOGGER.warn("An observer failed", e);
        }
    }

    @Override
    public URI entryScript() {
        return entryScript;
    }

    @Override
    public BootOffer offer(MacAddress mac, IpxeScript script, BootObserver observer) {
        synchronized (requests) {
            int number = ++lastOffer;
            observers.put(number, observer);
            try {
                request(new OfferMessage(
                        Kind.OFFER,
                        number,
                        mac.value(),
                        script.reportingTo(OfferMessage.EVENTS).text()));
            } catch (RuntimeException e) {
                observers.remove(number);
                throw e;
            }
            return () -> withdraw(number);
        }
    }

    private void withdraw(int number) {
        synchronized (requests) {
            // A server that is gone has taken the offer with it.
            if (observers.remove(number) != null && !gone && !closed) {
                try {
                    request(OfferMessage.of(Kind.WITHDRAW, number));
                } catch (ServerGoneException e) {
                    LOGGER.debug("The boot server went before an offer was withdrawn");
                }
            }
        }
    }

    private void request(OfferMessage message) {
        try {
            connection.send(message);
            OfferMessage answer = answer();
            if (answer.kind() == Kind.REFUSED) {
                throw new ConfigurationException(answer.text()
                        + " So says the boot server of another process, whose inventory may be an older one.");
            }
        } catch (IOException e) {
            throw new ServerGoneException(e);
        }
    }

    private OfferMessage answer() throws IOException {
        try {
            OfferMessage answer = gone ? null : answers.poll(ANSWER_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            if (gone) {
                throw new EOFException("it ended");
            }
            return requireAnswer(answer);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while the boot server was asked.", e);
        }
    }

    private static OfferMessage requireAnswer(@Nullable OfferMessage answer) {
        if (answer == null) {
            throw new InfrastructureException(
                    "The boot server that another process on this machine has does not answer within %d s; end that process."
                            .formatted(ANSWER_TIMEOUT.toSeconds()));
        }
        return answer;
    }

    /** The server's process ended in the middle of a request. */
    static final class ServerGoneException extends InfrastructureException {

        private static final long serialVersionUID = 1L;

        ServerGoneException(IOException cause) {
            super("The boot server of this network has ended: " + cause.getMessage(), cause);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            connection.close();
        } catch (IOException e) {
            LOGGER.debug("{}", e.toString());
        }
    }
}
