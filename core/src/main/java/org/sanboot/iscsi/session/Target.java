package org.sanboot.iscsi.session;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;
import org.sanboot.block.VolatileCache;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.Trace;
import org.sanboot.iscsi.login.LoginDirectory.Admission;
import org.sanboot.iscsi.login.LoginStatus;
import org.sanboot.iscsi.scsi.Counters;
import org.sanboot.iscsi.scsi.InitiatorPort;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.ScsiTarget;

/** One exported target name: its logical units, who may use it, and the sessions that do. */
public final class Target {

    private static final long REINSTATEMENT_SECONDS = 10;

    private final Iqn name;
    private final Access access;
    private final SessionObserver observer;
    private final Counters counters = new Counters();
    private final AtomicLong sessionsTotal = new AtomicLong();
    private final ScsiTarget scsi;
    private final List<VolatileCache> caches;
    private final Map<LogicalUnit, DeviceServer> servers = new HashMap<>();
    private final Executor threads;
    private final Map<InitiatorPort, Session> sessions = new HashMap<>();
    private final FaultPlan faults = new FaultPlan(this);
    private volatile @Nullable TraceRecorder trace;
    private boolean closed;

    /**
     * Who may use a target.
     *
     * @param initiator the one that may; null for any
     * @param incoming what it must prove to be; null for nothing
     * @param outgoing what the target proves to be when asked; null for nothing
     * @param peers from where; null for anywhere
     */
    public record Access(
            @Nullable Iqn initiator,
            @Nullable ChapCredentials incoming,
            @Nullable ChapCredentials outgoing,
            @Nullable PeerRule peers) {

        boolean admits(InetSocketAddress peer, InetSocketAddress portal) {
            return peers == null || peers.admits(peer, portal);
        }

        boolean admits(String initiatorName) {
            return initiator == null || initiator.value().equals(initiatorName);
        }

        List<ChapCredentials> credentials() {
            return incoming == null ? List.of() : List.of(incoming);
        }
    }

    /**
     * Creates a target.
     *
     * @param name of the target
     * @param devices by logical unit number
     * @param access who may use it
     * @param observer is told of sessions
     * @param threads as many as are wanted
     */
    public Target(
            Iqn name, Map<Integer, BlockDevice> devices, Access access, SessionObserver observer, Executor threads) {
        this.name = name;
        this.access = access;
        this.observer = observer;
        this.threads = threads;
        Map<Integer, LogicalUnit> units = new HashMap<>();
        List<VolatileCache> made = new ArrayList<>();
        devices.forEach((lun, device) -> {
            VolatileCache cache = new VolatileCache(device);
            made.add(cache);
            units.put(lun, new LogicalUnit(name.value(), lun, cache, counters, this::deviceFailed));
        });
        this.caches = List.copyOf(made);
        this.scsi = new ScsiTarget(units);
        units.values().forEach(unit -> {
            unit.onAbort(port -> abortTasks(port, unit));
            servers.put(unit, new DeviceServer(unit, threads));
        });
    }

    private void deviceFailed(BlockIoException failure) {
        Session.notify(observer, listener -> listener.deviceFailed(failure));
    }

    /**
     * Returns its name.
     *
     * @return the name
     */
    public Iqn name() {
        return name;
    }

    Access access() {
        return access;
    }

    SessionObserver observer() {
        return observer;
    }

    ScsiTarget scsi() {
        return scsi;
    }

    /** Returns where the commands for a logical unit are done; null where there is none. */
    @Nullable
    DeviceServer server(long lun) {
        LogicalUnit unit = scsi.unit(lun);
        return unit == null ? null : servers.get(unit);
    }

    Executor threads() {
        return threads;
    }

    /**
     * Returns what commands did to the disks.
     *
     * @return live counters
     */
    public Counters counters() {
        return counters;
    }

    /**
     * Returns how many sessions there have been.
     *
     * @return a count
     */
    public long sessionsTotal() {
        return sessionsTotal.get();
    }

    /**
     * Returns how many sessions there are.
     *
     * @return a count
     */
    public synchronized int sessionsNow() {
        return sessions.size();
    }

    /**
     * Returns who is logged in.
     *
     * @return the sessions as of now
     */
    public List<SessionInfo> sessionInfos() {
        return sessions().stream().map(Session::info).toList();
    }

    /**
     * Tells an initiator that its connection will be dropped.
     *
     * @param session whose
     * @return completes when it has acknowledged that and has no command under way
     */
    public CompletableFuture<Void> announceDrop(SessionInfo session) {
        return sessions().stream()
                .filter(each -> each.info().equals(session))
                .findFirst()
                .map(each -> each.parting().announceDrop())
                .orElseGet(() -> CompletableFuture.failedFuture(new InfrastructureException(
                        "The session of " + session.initiatorName() + " to " + name + " has ended.")));
    }

    /**
     * Returns the faults of its disks.
     *
     * @return the same object always
     */
    public Faults faults() {
        return faults;
    }

    FaultPlan faultPlan() {
        return faults;
    }

    /**
     * Starts to note commands, in place of a trace that runs.
     *
     * @return the trace
     */
    public Trace startTrace() {
        TraceRecorder recorder = new TraceRecorder(this);
        trace = recorder;
        return recorder;
    }

    @Nullable
    TraceRecorder trace() {
        return trace;
    }

    synchronized void stopTrace(TraceRecorder recorder) {
        if (trace == recorder) {
            trace = null;
        }
    }

    Admission admit(String initiatorName) {
        return access.admits(initiatorName)
                ? new Admission.Admitted(access.credentials(), access.outgoing())
                : new Admission.Refused(LoginStatus.AUTHORIZATION_FAILURE);
    }

    /**
     * Lets a session in. A session of the same initiator port ends first (RFC 7143 6.3.5), and what it still does inside a
     * disk that hangs is seen by nobody ({@link Stragglers}).
     *
     * @return false when the target is closed, or the old session does not end
     */
    boolean enter(Session session) {
        for (int attempt = 0; attempt < 3; attempt++) {
            Session old;
            synchronized (this) {
                if (closed) {
                    return false;
                }
                old = sessions.putIfAbsent(session.initiatorPort(), session);
                if (old == null) {
                    scsi.attach(session.nexus());
                    sessionsTotal.incrementAndGet();
                    return true;
                }
            }
            old.kill();
            if (!ends(old)) {
                return false;
            }
        }
        return false;
    }

    private static boolean ends(Session session) {
        try {
            session.awaitEnd().get(REINSTATEMENT_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    void left(Session session) {
        scsi.detach(session.nexus());
        synchronized (this) {
            sessions.remove(session.initiatorPort(), session);
        }
    }

    synchronized List<Session> sessions() {
        return List.copyOf(sessions.values());
    }

    /** Aborts the tasks of an initiator port, as PREEMPT AND ABORT asks for. */
    private void abortTasks(InitiatorPort port, LogicalUnit unit) {
        Session session;
        synchronized (this) {
            session = sessions.get(port);
        }
        if (session != null) {
            session.abortTasks(unit);
        }
    }

    List<VolatileCache> caches() {
        return caches;
    }

    /** Ends all sessions and tears what was not flushed, as the faults say. */
    public void cutPower() {
        endSessions(sessions());
        caches.forEach(VolatileCache::losePower);
    }

    /** Makes all that was written safe from a power cut, by sessions that ended too: nothing of theirs comes later. */
    public void writeBack() {
        awaitStragglers();
        caches.forEach(VolatileCache::writeBack);
    }

    /** Ends all sessions and lets no more in; returns when no command touches a disk any more. */
    public void close() {
        List<Session> last;
        synchronized (this) {
            closed = true;
            last = sessions();
        }
        endSessions(last);
    }

    private void awaitStragglers() {
        servers.values().forEach(server -> server.stragglers().gone().join());
    }

    private void endSessions(List<Session> sessions) {
        sessions.forEach(Session::kill);
        CompletableFuture.allOf(sessions.stream().map(Session::awaitEnd).toArray(CompletableFuture<?>[]::new))
                .join();
        awaitStragglers();
    }
}
