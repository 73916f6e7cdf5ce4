package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.InitiatorPdu;
import org.sanboot.iscsi.pdu.LoginRequest;
import org.sanboot.iscsi.pdu.LogoutRequest;
import org.sanboot.iscsi.pdu.LogoutResponse;
import org.sanboot.iscsi.pdu.NopIn;
import org.sanboot.iscsi.pdu.NopOut;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.Reject;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.SnackRequest;
import org.sanboot.iscsi.pdu.TaskManagementRequest;
import org.sanboot.iscsi.pdu.TextRequest;
import org.sanboot.iscsi.pdu.UnknownRequest;
import org.sanboot.iscsi.session.PduReader.DataDigestException;
import org.sanboot.iscsi.session.PduWriter.Status;

/** What happens on a connection between login and logout (RFC 7143 4.3). Runs on the connection's thread. */
final class FullFeaturePhase {

    private static final int CLOSE_SESSION = 0;
    private static final int CLOSE_CONNECTION = 1;

    private final Session session;
    private final int cid;
    private final Lookout lookout;
    private final ReaderRole role;
    private final PduReader reader;
    private final PduWriter writer;
    private final CommandWindow window;
    private final TextExchange text;
    private final @Nullable CommandRunner commands;
    private final @Nullable TaskManager taskManager;
    private boolean loggedOut;

    FullFeaturePhase(
            Session session,
            int cid,
            PduReader reader,
            PduWriter writer,
            ReaderRole role,
            Lookout lookout,
            Function<String, byte[]> targetList) {
        this.session = session;
        this.cid = cid;
        this.reader = reader;
        this.writer = writer;
        this.window = session.window();
        this.role = role;
        this.lookout = lookout;
        this.text = new TextExchange(writer, session.parameters().maxSendDataSegmentLength(), targetList);
        Target target = session.target();
        this.commands = target == null ? null : new CommandRunner(session, target, reader, writer);
        this.taskManager = target == null ? null : new TaskManager(session, target, writer);
        if (commands != null) {
            session.use(commands);
        }
    }

    /**
     * Serves the connection until the initiator logs out.
     *
     * @return false when another thread reads the connection by now, since a command took this one long
     */
    boolean run() throws IOException {
        while (!loggedOut) {
            InitiatorPdu pdu = reader.next();
            session.parting().acknowledged(reader.expStatSN());
            Task task = handle(pdu);
            if (task != null && !work(task)) {
                return false;
            }
        }
        writer.flush();
        return true;
    }

    /** Does the work of a command here if that is quick, as far as is known; returns false when this thread reads no more. */
    private boolean work(Task task) {
        DeviceServer server = task.server;
        if (server == null || !task.needsDisk()) {
            task.run(NO_DISK);
            return true;
        }
        if (server.pace().isSlow()) {
            session.executeLater(task);
            return true;
        }
        ReaderPermit permit = new ReaderPermit(role, lookout, server.pace());
        task.run(permit);
        if (permit.isRelieved()) {
            session.flush();
            return false;
        }
        return true;
    }

    /** For what is answered where there is no logical unit. */
    private static final DiskPermit NO_DISK = new DiskPermit() {
        @Override
        public boolean isWorkers() {
            return false;
        }

        @Override
        public void begin() {}

        @Override
        public void end() {}
    };

    private @Nullable Task handle(InitiatorPdu pdu) throws IOException {
        try {
            return dispatch(pdu);
        } catch (ProtocolException e) {
            reject(pdu, e.reason());
            if (!e.reason().leavesOthersAlone()) {
                throw e;
            }
        } catch (DataDigestException e) {
            reject(pdu, RejectReason.DATA_DIGEST_ERROR);
            if (!(pdu instanceof DataOut dataOut) || commands == null) {
                throw e;
            }
            return commands.takeDamaged(dataOut);
        }
        return null;
    }

    private @Nullable Task dispatch(InitiatorPdu pdu) throws IOException {
        if (pdu instanceof ScsiCommand command) {
            if (admit(command.immediate(), command.cmdSN())) {
                return requireTarget(commands).take(command);
            }
        } else if (pdu instanceof DataOut dataOut) {
            return requireTarget(commands).take(dataOut);
        } else if (pdu instanceof NopOut nopOut) {
            if (admit(nopOut.immediate(), nopOut.cmdSN())) {
                answer(nopOut);
            }
        } else if (pdu instanceof TaskManagementRequest request) {
            if (admit(request.immediate(), request.cmdSN())) {
                requireTarget(taskManager).handle(request);
            }
        } else if (pdu instanceof TextRequest request) {
            if (admit(request.immediate(), request.cmdSN())) {
                text.answer(request, reader.dataBytes());
            }
        } else if (pdu instanceof LogoutRequest request) {
            if (admit(request.immediate(), request.cmdSN())) {
                logout(request);
            }
        } else if (pdu instanceof SnackRequest) {
            // Only error recovery levels above 0 send lost PDUs again.
            reject(pdu, RejectReason.SNACK_REJECT);
        } else if (pdu instanceof UnknownRequest) {
            // Its CmdSN counts as not received (RFC 7143 11.17.1), and the session goes on.
            reject(pdu, RejectReason.COMMAND_NOT_SUPPORTED);
        } else if (pdu instanceof LoginRequest) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A login came after the login");
        }
        return null;
    }

    private static <T> T requireTarget(@Nullable T handler) {
        if (handler == null) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "A discovery session has no logical units");
        }
        return handler;
    }

    private boolean admit(boolean immediate, int cmdSN) {
        return immediate || window.admit(cmdSN);
    }

    private void answer(NopOut ping) throws IOException {
        if (ping.initiatorTaskTag() == BasicHeader.NO_TAG) {
            return;
        }
        byte[] data = reader.dataBytes();
        int longest = session.parameters().maxSendDataSegmentLength();
        byte[] echo = data.length <= longest ? data : Arrays.copyOf(data, longest);
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new NopIn(ping.lun(), ping.initiatorTaskTag(), BasicHeader.NO_TAG, numbers),
                echo);
    }

    private void logout(LogoutRequest request) throws IOException {
        boolean ends =
                request.reason() == CLOSE_SESSION || (request.reason() == CLOSE_CONNECTION && request.cid() == cid);
        int response = ends ? 0 : request.reason() == CLOSE_CONNECTION ? 1 : 2;
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new LogoutResponse(response, request.initiatorTaskTag(), numbers),
                new byte[0]);
        loggedOut = ends;
    }

    private void reject(InitiatorPdu pdu, RejectReason reason) throws IOException {
        byte[] header = new byte[BasicHeader.LENGTH];
        pdu.encode(ByteBuffer.wrap(header), reader.dataLength());
        writer.write(Status.TAKES_NUMBER, numbers -> new Reject(reason.code(), numbers), header);
    }
}
