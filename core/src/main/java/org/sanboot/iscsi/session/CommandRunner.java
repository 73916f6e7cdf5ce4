package org.sanboot.iscsi.session;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.login.SessionParameters;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.ReadyToTransfer;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.session.PduWriter.Status;

/**
 * Makes tasks of the SCSI commands of one session, and brings them their data (RFC 7143 11.3, 11.7, 11.8).
 *
 * <p>Runs on the thread that reads the connection, but for {@link #requestMore} and {@link #startHeldBack}.
 */
final class CommandRunner {

    private static final byte[] NO_DATA = new byte[0];

    private final Session session;
    private final SessionParameters parameters;
    private final Target target;
    private final PduReader reader;
    private final PduWriter writer;
    private boolean anyCommand;

    CommandRunner(Session session, Target target, PduReader reader, PduWriter writer) {
        this.session = session;
        this.parameters = session.parameters();
        this.target = target;
        this.reader = reader;
        this.writer = writer;
    }

    /** Takes a command in; returns its task if there is something to do for it. */
    @Nullable
    Task take(ScsiCommand command) throws IOException {
        checkHeader(command);
        if (!anyCommand) {
            anyCommand = true;
            session.notify(observer -> observer.firstCommand(session.info()));
        }
        TraceRecorder trace = target.trace();
        if (trace != null) {
            trace.started(command);
        }
        int immediate = reader.dataLength();
        boolean unsolicited = command.writes() && !command.isFinal() && !parameters.initialR2T();
        long expected = Integer.toUnsignedLong(command.expectedDataTransferLength());
        long end = unsolicited ? Math.min(parameters.firstBurstLength(), expected) : 0;
        Task task = new Task(session, command, target.server(command.lun()), immediate, end);
        session.begin(task);
        boolean runs;
        if (!task.data().reserve(Math.max(immediate, end))) {
            task.release();
            runs = task.start(Execution.Complete.TASK_SET_FULL);
        } else {
            runs = task.isLive() && start(task);
        }
        if (immediate > 0) {
            try {
                runs |= addData(task);
            } catch (IOException | RuntimeException | Error e) {
                // Nobody runs it: the session ends, and aborts it.
                task.disclaim();
                throw e;
            }
        }
        return runs ? task : null;
    }

    private void checkHeader(ScsiCommand command) {
        int data = reader.dataLength();
        long expected = Integer.toUnsignedLong(command.expectedDataTransferLength());
        boolean allowed = command.writes() && parameters.immediateData() && data <= parameters.firstBurstLength();
        if (data > 0 && (!allowed || data > expected)) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "More immediate data than was agreed");
        }
        if (session.task(command.initiatorTaskTag()) != null) {
            throw new ProtocolException(RejectReason.TASK_IN_PROGRESS, "Two tasks have one Initiator Task Tag");
        }
        if (command.immediate() && !session.window().hasRoomForImmediate()) {
            throw new ProtocolException(RejectReason.TOO_MANY_IMMEDIATE_COMMANDS, "Too many immediate commands");
        }
    }

    /** Lets a task begin that no other holds back; returns true when it is to be run. */
    private boolean start(Task task) throws IOException {
        ScsiCommand command = task.command;
        long expectedOut = command.writes() ? task.expectedLength() : 0;
        boolean runs = task.start(target.faultPlan()
                .apply(
                        command.cdb(),
                        () -> target.scsi().execute(session.nexus(), command.lun(), command.cdb(), expectedOut)));
        if (!runs) {
            requestMore(task);
        }
        return runs;
    }

    /** Lets a task begin that had to wait for older ones. */
    void startHeldBack(Task task) {
        try {
            if (task.release() && start(task)) {
                session.executeLater(task);
            }
            writer.flush();
        } catch (IOException e) {
            session.kill();
        }
    }

    private boolean addData(Task task) throws IOException {
        if (task.data().isWanted()) {
            return task.add(reader.segment());
        }
        return task.skip(reader.skip());
    }

    /** Asks for as much data of a write as may be asked for; returns whether it asked for any. */
    private boolean requestMore(Task task) throws IOException {
        for (boolean any = false; ; any = true) {
            DataSequences.Request request = task.nextRequest(
                    session.nextTransferTag(),
                    parameters.maxBurstLength(),
                    parameters.maxOutstandingR2T(),
                    () -> requestInTime(task));
            if (request == null) {
                return any;
            }
            writer.write(
                    Status.SHOWS_NUMBER,
                    numbers -> new ReadyToTransfer(
                            task.command.lun(),
                            task.command.initiatorTaskTag(),
                            request.targetTransferTag(),
                            numbers,
                            request.r2tSN(),
                            request.offset(),
                            request.length()),
                    NO_DATA);
        }
    }

    private void requestInTime(Task task) {
        try {
            requestMore(task);
            writer.flush();
        } catch (IOException e) {
            session.kill();
        }
    }

    /** Takes a Data-Out PDU; one that belongs to no task is what an aborted task left on its way. */
    @Nullable
    Task take(DataOut pdu) throws IOException {
        Task task = session.task(pdu.initiatorTaskTag());
        if (task == null || !task.data().expect(pdu, reader.dataLength())) {
            return null;
        }
        if (requestMore(task)) {
            // The initiator sends what comes next while this goes to the disk.
            writer.flush();
        }
        return addData(task) ? task : null;
    }

    /** Takes a Data-Out PDU whose data came damaged. */
    @Nullable
    Task takeDamaged(DataOut pdu) {
        Task task = session.task(pdu.initiatorTaskTag());
        return task != null && task.expectDamaged(pdu) ? task : null;
    }
}
