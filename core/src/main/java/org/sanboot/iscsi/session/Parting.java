package org.sanboot.iscsi.session;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.iscsi.pdu.AsyncMessage;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.SerialNumber;
import org.sanboot.iscsi.session.PduWriter.Status;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * What a target tells an initiator of its own accord: that the window is open again, and that the connection will go
 * (RFC 7143 11.9, 11.19). Any thread may call it.
 */
final class Parting {

    private static final Logger LOG = Logging.logger(Parting.class);

    /** Of the ping that makes an initiator acknowledge at once. */
    private static final int PING_TAG = 1;

    private final Session session;
    private final PduWriter writer;

    /** Set while somebody waits. */
    private volatile @Nullable Announcement announced;

    Parting(Session session, PduWriter writer) {
        this.session = session;
        this.writer = writer;
    }

    private static final class Announcement {
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private volatile boolean acknowledged;
        private int statSN;
    }

    /** Shows the window to an initiator that was left waiting for it. iPXE, which dies of this PDU, never fills its own. */
    void showWindow() {
        try {
            writer.write(
                    Status.SHOWS_NUMBER,
                    numbers -> new NopIn(0, BasicHeader.NO_TAG, BasicHeader.NO_TAG, numbers),
                    new byte[0]);
            writer.flush();
        } catch (IOException e) {
            LOG.debug("The window could not be shown: {}", e.getMessage());
        }
    }

    /**
     * Announces that the connection will be dropped, with no time to wait before a new one.
     *
     * @return completes when the initiator has acknowledged that and has no command under way
     */
    CompletableFuture<Void> announceDrop() {
        Announcement announcement = new Announcement();
        try {
            writer.together(() -> {
                announcement.statSN = writer.nextStatSN();
                announced = announcement;
                writer.write(
                        Status.TAKES_NUMBER,
                        numbers -> new AsyncMessage(AsyncMessage.WILL_DROP_CONNECTION, 0, 0, 0, numbers),
                        new byte[0]);
                writer.write(
                        Status.SHOWS_NUMBER,
                        numbers -> new NopIn(0, BasicHeader.NO_TAG, PING_TAG, numbers),
                        new byte[0]);
            });
            writer.flush();
        } catch (IOException e) {
            announcement.done.completeExceptionally(ended());
        }
        if (session.awaitEnd().isDone()) {
            announcement.done.completeExceptionally(ended());
        }
        return announcement.done;
    }

    private InfrastructureException ended() {
        return new InfrastructureException("The session of " + session.info().initiatorName() + " from "
                + session.info().remoteAddress()
                + " ended before it acknowledged that its connection will be dropped.");
    }

    /** Is told what the initiator expects next, with every PDU that comes. */
    void acknowledged(int expStatSN) {
        Announcement waiting = announced;
        if (waiting != null && SerialNumber.isBefore(waiting.statSN, expStatSN)) {
            waiting.acknowledged = true;
            taskEnded();
        }
    }

    void taskEnded() {
        Announcement waiting = announced;
        if (waiting != null && waiting.acknowledged && !session.hasTasks()) {
            waiting.done.complete(null);
        }
    }

    void sessionEnded() {
        Announcement waiting = announced;
        if (waiting != null) {
            waiting.done.completeExceptionally(ended());
        }
    }
}
