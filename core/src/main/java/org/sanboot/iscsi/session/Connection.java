package org.sanboot.iscsi.session;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.PortalName;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.login.Login;
import org.sanboot.iscsi.login.Login.Answer;
import org.sanboot.iscsi.login.LoginResult;
import org.sanboot.iscsi.login.LoginStatus;
import org.sanboot.iscsi.pdu.LoginRequest;
import org.sanboot.iscsi.pdu.LoginResponse;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.TextKeys;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/** One TCP connection, from its login to its end. Runs on a thread of its own. */
final class Connection implements Runnable {

    private static final Logger LOG = Logging.logger(Connection.class);

    private final PortalGroup server;
    private final Wire wire;
    private final PduReader reader;
    private final PduWriter writer;
    private final ReaderRole role = new ReaderRole();

    /** Since when it waits for a login. */
    private final long opened = System.nanoTime();

    private volatile @Nullable Session session;
    private @Nullable FullFeaturePhase phase;

    Connection(PortalGroup server, SocketChannel channel) {
        this.server = server;
        this.wire = new Wire(channel);
        this.writer = new PduWriter(wire);
        this.reader = new PduReader(wire, writer, server.buffers());
    }

    boolean isOverdue(long now) {
        return wire.isOverdue(now);
    }

    long opened() {
        return opened;
    }

    /** Returns who is at the other end; null when that is not to be known any more. */
    @Nullable
    InetAddress peer() {
        try {
            return wire.remoteAddress() instanceof InetSocketAddress address ? address.getAddress() : null;
        } catch (IOException e) {
            return null;
        }
    }

    /** Gives a reader's role to another thread, where a disk holds the reader up; tells whether there is a reader in a disk. */
    boolean relieveReader(long now) {
        long taken = role.takeFromSlowOwner(now);
        if (taken == 0) {
            return role.isLent();
        }
        try {
            server.threads().execute(this::readOn);
        } catch (RuntimeException | Error e) {
            LOG.warn("There is no thread to read a connection now: {}", e.toString());
            role.giveBack(taken);
        }
        return true;
    }

    private void readOn() {
        serve(() -> {
            reader.replaceBuffer();
            return Objects.requireNonNull(phase).run();
        });
    }

    void kill() {
        wire.close();
    }

    @Override
    public void run() {
        serve(this::logIn);
    }

    /** Serves the connection until it ends, which is true, or another thread goes on with that. */
    private void serve(Callable<Boolean> service) {
        boolean over = true;
        try {
            over = service.call();
        } catch (EOFException | ClosedChannelException e) {
            LOG.debug("A connection ended: {}", e.getMessage());
        } catch (IOException | ProtocolException e) {
            flushQuietly();
            LOG.debug("A connection is given up: {}", e.getMessage());
        } catch (Exception | Error e) {
            LOG.warn("A connection failed inside the target", e);
        } finally {
            if (over) {
                end();
            }
        }
    }

    /** Sends the Reject that explains why the connection ends, if it still can be sent. */
    private void flushQuietly() {
        try {
            writer.flush();
        } catch (IOException e) {
            LOG.debug("The last answer could not be sent: {}", e.getMessage());
        }
    }

    private void end() {
        wire.close();
        Session last = session;
        if (last != null) {
            last.end();
        }
        writer.close();
        server.ended(this);
    }

    private boolean logIn() throws IOException {
        wire.startLogin(server.loginTimeout().toNanos());
        VisibleTargets targets = visibleTargets();
        Login login = new Login(targets, server.random());
        while (true) {
            if (!(reader.next() instanceof LoginRequest request)) {
                throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "Something came before the login");
            }
            Answer answer = login.receive(request, reader.dataBytes());
            LoginResult result = answer.result();
            if (result != null) {
                return enter(request, answer, result, targets);
            }
            respond(request, answer, 0);
            if (answer.status() != LoginStatus.SUCCESS) {
                LOG.debug("A login failed: {}", answer.reason());
                writer.flush();
                return true;
            }
        }
    }

    private VisibleTargets visibleTargets() throws IOException {
        if (wire.remoteAddress() instanceof InetSocketAddress peer
                && wire.localAddress() instanceof InetSocketAddress portal) {
            return new VisibleTargets(server.directory(), peer, portal);
        }
        throw new ClosedChannelException();
    }

    private boolean enter(LoginRequest request, Answer answer, LoginResult result, VisibleTargets targets)
            throws IOException {
        Target target = result.discovery() ? null : targets.find(result.targetName());
        LoginStatus refusal = refusal(result, target);
        int tsih = server.nextTsih();
        SessionInfo info =
                new SessionInfo(result.initiatorName(), result.isid(), tsih, wire.remoteAddress(), result.discovery());
        CommandWindow window = new CommandWindow(result.cmdSN());
        Session entered = new Session(info, result.parameters(), target, wire, writer, window, server.buffers());
        if (refusal == LoginStatus.SUCCESS && target != null && !target.enter(entered)) {
            refusal = LoginStatus.SERVICE_UNAVAILABLE;
        }
        if (refusal != LoginStatus.SUCCESS) {
            respond(request, new Answer(refusal, false, 0, 0, List.of(), null, ""), 0);
            writer.flush();
            return true;
        }
        session = entered;
        wire.endLogin();
        server.loggedIn(this);
        writer.useWindow(window);
        respond(request, answer, tsih);
        boolean headerDigest = result.parameters().headerDigest();
        boolean dataDigest = result.parameters().dataDigest();
        reader.enterFullFeaturePhase(headerDigest, dataDigest);
        writer.enterFullFeaturePhase(headerDigest, dataDigest);
        entered.notify(observer -> observer.loggedIn(info));
        FullFeaturePhase served =
                new FullFeaturePhase(entered, result.cid(), reader, writer, role, server.lookout(), this::targetList);
        phase = served;
        return served.run();
    }

    private LoginStatus refusal(LoginResult result, @Nullable Target target) {
        if (result.tsih() != 0) {
            // A second connection of a session, or a session that is no more (RFC 7143 6.3.5, MaxConnections=1).
            return server.knowsTsih(result.tsih())
                    ? LoginStatus.TOO_MANY_CONNECTIONS
                    : LoginStatus.SESSION_DOES_NOT_EXIST;
        }
        if (target == null && !result.discovery()) {
            return LoginStatus.NOT_FOUND;
        }
        return server.hasRoomForSession() ? LoginStatus.SUCCESS : LoginStatus.OUT_OF_RESOURCES;
    }

    boolean hasTsih(int tsih) {
        Session current = session;
        return current != null && current.info().tsih() == tsih;
    }

    private void respond(LoginRequest request, Answer answer, int tsih) throws IOException {
        byte[] text = TextKeys.encode(answer.text());
        writer.writeLogin(
                numbers -> new LoginResponse(
                        answer.transit(),
                        false,
                        answer.currentStage(),
                        answer.nextStage(),
                        request.isid(),
                        tsih,
                        request.initiatorTaskTag(),
                        numbers,
                        answer.status().code()),
                text,
                request.cmdSN());
    }

    /** Answers SendTargets: names, and for each the portals it is reached by, this one first. */
    private byte[] targetList(String asked) {
        Session current = session;
        if (current == null) {
            return new byte[0];
        }
        Target own = current.target();
        List<Target> visible = own == null ? visible(current.info().initiatorName()) : List.of(own);
        // Outside discovery only the session's own target may be asked for, and goes without saying (RFC 7143 App. C).
        boolean all = asked.equals("All") || (own != null && asked.isEmpty());
        List<Entry<String, String>> answer = new ArrayList<>();
        for (Target target : visible) {
            if (all || target.name().value().equals(asked.toLowerCase(Locale.ROOT))) {
                answer.add(Map.entry("TargetName", target.name().value()));
                addresses().forEach(address -> answer.add(Map.entry("TargetAddress", address + ",1")));
            }
        }
        return TextKeys.encode(answer);
    }

    private List<Target> visible(String initiatorName) {
        try {
            return visibleTargets().visibleTo(initiatorName);
        } catch (IOException e) {
            return List.of();
        }
    }

    private List<String> addresses() {
        List<String> addresses = new ArrayList<>();
        try {
            if (wire.localAddress() instanceof InetSocketAddress here) {
                addresses.add(PortalName.of(here));
                for (InetSocketAddress portal : server.portals()) {
                    boolean wildcard = portal.getAddress().isAnyLocalAddress();
                    String other = PortalName.of(
                            wildcard ? new InetSocketAddress(here.getAddress(), portal.getPort()) : portal);
                    if (!addresses.contains(other)) {
                        addresses.add(other);
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("The connection has no address any more: {}", e.getMessage());
        }
        return addresses;
    }
}
