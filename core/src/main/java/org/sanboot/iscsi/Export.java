package org.sanboot.iscsi;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.sanboot.iscsi.scsi.Counters;
import org.sanboot.iscsi.session.PortalGroup;
import org.sanboot.iscsi.session.Target;

/** One target name that initiators can log in to, until it is closed. Safe for use by several threads. */
public final class Export implements AutoCloseable {

    private final PortalGroup portalGroup;
    private final Target target;

    Export(PortalGroup portalGroup, Target target) {
        this.portalGroup = portalGroup;
        this.target = target;
    }

    /**
     * Returns what initiators log in to.
     *
     * @return the target's name
     */
    public Iqn targetName() {
        return target.name();
    }

    /**
     * Returns what initiators have done so far.
     *
     * @return a snapshot
     */
    public ExportStatistics statistics() {
        Counters counters = target.counters();
        return new ExportStatistics(
                counters.reads(),
                counters.writes(),
                counters.bytesRead(),
                counters.bytesWritten(),
                counters.flushes(),
                counters.unmaps(),
                target.sessionsNow(),
                target.sessionsTotal());
    }

    /**
     * Makes its disks misbehave on purpose.
     *
     * @return the faults of this export
     */
    public Faults faults() {
        return target.faults();
    }

    /**
     * Cuts the power of its disks: drops all sessions, and loses what {@link Faults#tearWritesAtPowerCut} says. Returns when
     * no command touches a disk any more; initiators may log in again then. Not to be called from a {@link SessionObserver}.
     */
    public void cutPower() {
        target.cutPower();
    }

    /**
     * Returns who is logged in.
     *
     * @return the sessions as of now
     */
    public List<SessionInfo> sessions() {
        return target.sessionInfos();
    }

    /**
     * Tells an initiator that its connection will be dropped, and that it may come back at once (RFC 7143 11.9, event 2 with
     * a Time2Wait of 0). Nothing is dropped by this; it is for a machine that is about to be saved, whose guest will find the
     * connection gone. Only for an operating system's initiator: iPXE ends its session when it is told such a thing.
     *
     * @param session one of {@link #sessions}
     * @return completes as soon as the initiator has acknowledged that and has no command under way, whatever it sends after
     *     that; with an {@link org.sanboot.InfrastructureException} when the session ends before
     */
    public CompletableFuture<Void> announceDrop(SessionInfo session) {
        return target.announceDrop(session);
    }

    /** Makes all that was written safe from a power cut, as disks do that are switched off in good order. */
    public void writeBack() {
        target.writeBack();
    }

    /**
     * Starts to note every command, in place of a trace that runs. This costs some speed.
     *
     * @return the trace, to be closed when enough was seen
     */
    public Trace trace() {
        return target.startTrace();
    }

    /**
     * Drops all sessions. Returns when no command touches a disk any more, so the disks may be closed then. Not to be
     * called from a {@link SessionObserver}. Closing again does nothing.
     */
    @Override
    public void close() {
        portalGroup.remove(target);
    }
}
