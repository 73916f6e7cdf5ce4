package org.sanboot.boot;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * The one boot server of a network, which all processes of this controller use: whoever comes first serves, and the others
 * join it over a UNIX socket.
 *
 * <p>The server's TCP port decides who serves, for the kernel gives it to one process only and takes it back from a dead
 * one. When the serving process ends, however it does, each of the others tries to serve in its place until one does, and
 * all offer there anew what they had offered; that takes about a second. What a process had offered ends with it.
 *
 * <p>A host that has not asked for an address yet, or asks for its script, notices nothing, for it asks again every two
 * seconds. One that is between the two in that second fails to start, and has to be started anew; what one that has its
 * script reports goes unheard.
 *
 * <p>Thread-safe.
 */
public final class SharedBootServer implements BootService {

    private static final Logger LOGGER = Logging.logger(SharedBootServer.class);

    /** The predecessor's ports become free within this, with all that its reaper has to end. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);

    private final Path socket;
    private final Supplier<BootServer> starter;
    private final Set<SharedOffer> offers = new LinkedHashSet<>();

    /** Null while it is looked for; guarded by the monitor, which is notified of changes. */
    private @Nullable Attachment attachment;

    /** The same at each server; guarded by the monitor. */
    private @Nullable URI entryScript;

    private boolean closed;

    /** What is used now: our own server with its door, or another's. */
    private record Attachment(BootService service, @Nullable OfferDoor door) {

        boolean serves() {
            return door != null;
        }

        void end() {
            if (door != null) {
                door.close();
            }
            service.close();
        }
    }

    private SharedBootServer(Path socket, Supplier<BootServer> starter) {
        this.socket = socket;
        this.starter = starter;
    }

    /**
     * Joins the server of this network, or becomes it.
     *
     * @param socket where the processes meet: in a directory that all who share may write to, with a name of this network
     * @param starter starts a server; its ports are the same in all processes
     * @return closing it withdraws what was offered here
     * @throws SanbootException when nobody serves, and this process cannot either
     */
    public static SharedBootServer start(Path socket, Supplier<BootServer> starter) {
        SharedBootServer shared = new SharedBootServer(socket, starter);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                shared.resume(shared.attach());
                return shared;
            } catch (SanbootException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                pause();
            }
        }
    }

    /**
     * Tells whether this process serves.
     *
     * @return false while another one does
     */
    public synchronized boolean serves() {
        return attachment != null && attachment.serves();
    }

    /**
     * Tells whether anybody serves.
     *
     * @return false from when the serving process ended until another one takes its place
     */
    public synchronized boolean isServed() {
        return attachment != null;
    }

    private Attachment attach() {
        try {
            return new Attachment(RemoteBootServer.connect(socket, this::lost), null);
        } catch (IOException e) {
            LOGGER.debug("Nobody serves at {}: {}", socket, e.toString());
        }
        BootServer server = starter.get();
        try {
            return new Attachment(server, OfferDoor.open(socket, server));
        } catch (IOException e) {
            server.close();
            throw new InfrastructureException(
                    "Other processes cannot be let in at %s: %s".formatted(socket, e.getMessage()), e);
        }
    }

    /** The process that served has ended. */
    private void lost() {
        synchronized (this) {
            attachment = null;
            if (closed) {
                return;
            }
        }
        Thread successor = new Thread(this::attachAgain, "sanboot-boot-successor");
        successor.setDaemon(true);
        successor.start();
    }

    private void attachAgain() {
        String complaint = "";
        while (true) {
            pause();
            synchronized (this) {
                if (closed) {
                    return;
                }
            }
            try {
                resume(attach());
                return;
            } catch (SanbootException e) {
                if (!complaint.equals(e.getMessage())) {
                    complaint = String.valueOf(e.getMessage());
                    LOGGER.warn(
                            "The process that served this network has ended, and there is no other yet: {}", complaint);
                }
            }
        }
    }

    /** Uses a server, and offers there what was offered at its predecessor. */
    private void resume(Attachment found) {
        synchronized (this) {
            if (closed) {
                found.end();
                return;
            }
            attachment = found;
            entryScript = found.service().entryScript();
            for (SharedOffer offer : offers) {
                try {
                    offer.current = found.service().offer(offer.mac, offer.script, offer.observer);
                } catch (RemoteBootServer.ServerGoneException e) {
                    // We are told of that, too, and come here again.
                    break;
                } catch (SanbootException e) {
                    LOGGER.error("{} is offered nothing any more: {}", offer.mac, e.getMessage());
                }
            }
            notifyAll();
        }
        LOGGER.info("{} serves the boots of this network", found.serves() ? "This process" : "Another process");
    }

    @Override
    public synchronized URI entryScript() {
        return Objects.requireNonNull(entryScript);
    }

    @Override
    public BootOffer offer(MacAddress mac, IpxeScript script, BootObserver observer) {
        while (true) {
            BootService service = awaitService();
            try {
                synchronized (this) {
                    SharedOffer offer = new SharedOffer(mac, script, observer, service.offer(mac, script, observer));
                    offers.add(offer);
                    return offer;
                }
            } catch (RemoteBootServer.ServerGoneException e) {
                // Its successor is awaited.
            }
        }
    }

    private synchronized BootService awaitService() {
        long deadline = System.nanoTime() + 2 * PATIENCE.toNanos();
        try {
            while (attachment == null) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0 || closed) {
                    throw new InfrastructureException(
                            "The process that served this network's boots has ended, and this one cannot take its place;"
                                    + " see the log for why, or start 'sanboot lab serve'.");
                }
                wait(left);
            }
            return attachment.service();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while the boot server was awaited.", e);
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Interrupted while the boot server was looked for.", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        offers.clear();
        if (attachment != null) {
            attachment.end();
            attachment = null;
        }
        notifyAll();
    }

    /** An offer that outlives the server that it was made to. */
    private final class SharedOffer implements BootOffer {

        private final MacAddress mac;
        private final IpxeScript script;
        private final BootObserver observer;

        /** Guarded by the outer monitor. */
        private BootOffer current;

        SharedOffer(MacAddress mac, IpxeScript script, BootObserver observer, BootOffer current) {
            this.mac = mac;
            this.script = script;
            this.observer = observer;
            this.current = current;
        }

        @Override
        public void close() {
            synchronized (SharedBootServer.this) {
                if (offers.remove(this)) {
                    current.close();
                }
            }
        }
    }
}
