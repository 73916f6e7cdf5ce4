package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.iscsi.login.SessionParameters;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.DataOut;
import org.sanboot.iscsi.pdu.Numbers;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.ReadyToTransfer;
import org.sanboot.iscsi.pdu.RejectReason;
import org.sanboot.iscsi.pdu.Residual;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.pdu.ScsiResponse;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.ScsiStatus;
import org.sanboot.iscsi.scsi.Sense;
import org.sanboot.iscsi.session.PduWriter.Status;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Runs the SCSI commands of one session (RFC 7143 11.3, 11.4, 11.7, 11.8).
 *
 * <p>Runs on the connection's thread, but for deferred work, which ends on a worker.
 */
final class CommandRunner {

    private static final Logger LOG = Logging.logger(CommandRunner.class);
    private static final byte[] NO_DATA = new byte[0];

    private final Session session;
    private final SessionParameters parameters;
    private final Target target;
    private final PduReader reader;
    private final PduWriter writer;
    private final CommandWindow window;
    private final Executor workers;
    private int nextTransferTag = 1;
    private boolean anyCommand;
    private boolean anyRead;

    CommandRunner(
            Session session,
            Target target,
            PduReader reader,
            PduWriter writer,
            CommandWindow window,
            Executor workers) {
        this.session = session;
        this.parameters = session.parameters();
        this.target = target;
        this.reader = reader;
        this.writer = writer;
        this.window = window;
        this.workers = workers;
    }

    /** Starts a command, and ends it at once where that is possible. */
    void start(ScsiCommand command) throws IOException {
        checkHeader(command);
        if (!anyCommand) {
            anyCommand = true;
            session.notify(observer -> observer.firstCommand(session.info()));
        }
        long expectedOut = command.writes() ? Integer.toUnsignedLong(command.expectedDataTransferLength()) : 0;
        TraceRecorder trace = target.trace();
        if (trace != null) {
            trace.started(command);
        }
        Execution execution = target.faultPlan()
                .apply(
                        command.cdb(),
                        () -> target.scsi().execute(session.nexus(), command.lun(), command.cdb(), expectedOut));
        boolean unsolicitedFollows = command.writes() && !command.isFinal() && !parameters.initialR2T();
        if (execution instanceof Execution.Receive receive) {
            receive(command, receive, expectedOut, unsolicitedFollows);
        } else if (unsolicitedFollows && execution instanceof Execution.Complete failure) {
            WriteTask task = new WriteTask(command, unit(command), failure);
            task.pass(reader.data());
            task.expectUnsolicited(expectedOut);
            session.begin(task);
        } else {
            proceed(command, execution, 0, 0);
        }
    }

    private void checkHeader(ScsiCommand command) {
        int data = reader.dataLength();
        long expected = Integer.toUnsignedLong(command.expectedDataTransferLength());
        boolean allowed = command.writes() && parameters.immediateData() && data <= parameters.firstBurstLength();
        if (data > 0 && (!allowed || data > expected)) {
            throw new ProtocolException(RejectReason.PROTOCOL_ERROR, "More immediate data than was agreed");
        }
        if (session.hasTask(command.initiatorTaskTag())) {
            throw new ProtocolException(RejectReason.TASK_IN_PROGRESS, "Two tasks have one Initiator Task Tag");
        }
        if (command.immediate() && !window.hasRoomForImmediate()) {
            throw new ProtocolException(RejectReason.TOO_MANY_IMMEDIATE_COMMANDS, "Too many immediate commands");
        }
    }

    private @Nullable LogicalUnit unit(ScsiCommand command) {
        return target.scsi().unit(command.lun());
    }

    private void receive(ScsiCommand command, Execution.Receive receive, long expectedOut, boolean unsolicitedFollows)
            throws IOException {
        long length = Math.min(receive.length(), expectedOut);
        WriteTask task = new WriteTask(command, unit(command), length, receive.sink());
        task.transferLength(receive.length());
        task.expectImmediate(reader.dataLength());
        if (unsolicitedFollows) {
            task.expectUnsolicited(Math.min(parameters.firstBurstLength(), expectedOut));
        }
        if (unsolicitedFollows || reader.dataLength() < length) {
            session.begin(task);
            requestMore(task);
        }
        task.pass(reader.data());
        if (task.isOver()) {
            end(task);
        }
    }

    /** Ends a write that has all its data. */
    private void end(WriteTask task) throws IOException {
        Execution execution = finish(task);
        session.end(task);
        if (execution != null) {
            proceed(task.command, execution, task.transferLength(), task.r2tCount());
        }
    }

    private @Nullable Execution finish(WriteTask task) {
        try {
            return task.finish();
        } catch (BlockIoException e) {
            return failed(task.unit, e, true);
        }
    }

    /** Asks for as much data of a write as may be asked for; returns whether it asked for any. */
    private boolean requestMore(WriteTask task) throws IOException {
        for (boolean any = false; ; any = true) {
            WriteTask.Request request =
                    task.nextRequest(nextTransferTag, parameters.maxBurstLength(), parameters.maxOutstandingR2T());
            if (request == null) {
                return any;
            }
            nextTransferTag = nextTransferTag == Integer.MAX_VALUE ? 1 : nextTransferTag + 1;
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

    /** Takes a Data-Out PDU; one that belongs to no task is what an aborted task left on its way. */
    void dataOut(DataOut pdu) throws IOException {
        if (!(session.tasks().get(pdu.initiatorTaskTag()) instanceof WriteTask task)) {
            return;
        }
        ByteBuffer data = reader.data();
        if (task.expect(pdu, data.remaining())) {
            if (requestMore(task)) {
                // The initiator sends what comes next while this goes to the disk.
                writer.flush();
            }
            task.pass(data);
            goOn(task);
        }
    }

    /** Takes a Data-Out PDU whose data came damaged. */
    void dataOutDamaged(DataOut pdu) throws IOException {
        if (session.tasks().get(pdu.initiatorTaskTag()) instanceof WriteTask task) {
            task.acceptDamaged(pdu);
            goOn(task);
        }
    }

    private void goOn(WriteTask task) throws IOException {
        if (task.isOver()) {
            end(task);
        }
    }

    /** Goes on with a command that waits for no data. */
    private void proceed(ScsiCommand command, Execution execution, long transferLength, int sent) throws IOException {
        if (execution instanceof Execution.Complete end) {
            complete(command, end, transferLength, sent);
        } else if (execution instanceof Execution.Read read) {
            sendData(command, read);
        } else if (execution instanceof Execution.Deferred deferred) {
            defer(command, deferred, transferLength, sent);
        } else if (execution instanceof Execution.Gated gated) {
            hold(command, gated, transferLength, sent);
        } else {
            throw new IllegalStateException("A command asks for data twice");
        }
    }

    /** Lets a command wait at its gate, and go on on a worker. */
    private void hold(ScsiCommand command, Execution.Gated gated, long transferLength, int sent) {
        GatedTask task = new GatedTask(command, unit(command));
        session.begin(task);
        var unused = gated.gate()
                .whenCompleteAsync(
                        (result, failure) -> {
                            if (task.pass()) {
                                pass(task, gated, transferLength, sent);
                            }
                        },
                        workers);
    }

    private void pass(GatedTask task, Execution.Gated gated, long transferLength, int sent) {
        try {
            proceed(task.command, gated.next().get(), transferLength, sent);
            writer.flush();
        } catch (IOException e) {
            LOG.debug("An answer could not be sent", e);
        } finally {
            session.end(task);
        }
    }

    private void defer(ScsiCommand command, Execution.Deferred deferred, long transferLength, int sent) {
        Task task = new Task(command, unit(command));
        session.begin(task);
        workers.execute(() -> {
            try {
                Execution.Complete end = run(task, deferred);
                if (!task.isAborted()) {
                    session.end(task);
                    complete(command, end, transferLength, sent);
                    writer.flush();
                }
            } catch (IOException e) {
                LOG.debug("An answer could not be sent", e);
            } finally {
                session.end(task);
            }
        });
    }

    private Execution.Complete run(Task task, Execution.Deferred deferred) {
        try {
            return deferred.work().get();
        } catch (BlockIoException e) {
            return failed(task.unit, e, task.command.writes());
        } catch (RuntimeException e) {
            LOG.warn("A command failed inside the target", e);
            return Execution.Complete.failed(Sense.internalFailure());
        }
    }

    private static Execution.Complete failed(@Nullable LogicalUnit unit, BlockIoException failure, boolean write) {
        if (unit != null) {
            unit.failed(failure);
        }
        return Execution.Complete.failed(Sense.of(failure, write));
    }

    /** Ends a command with its status, after the data that it has for the initiator. */
    private void complete(ScsiCommand command, Execution.Complete end, long transferLength, int sent)
            throws IOException {
        long expected = Integer.toUnsignedLong(command.expectedDataTransferLength());
        byte[] data = end.data();
        int length = command.reads() ? (int) Math.min(data.length, expected) : 0;
        long actual = Math.max(transferLength, data.length);
        Residual residual = Residual.of(expected, actual);
        boolean statusWithData = length > 0 && end.status() == ScsiStatus.GOOD && residual.equals(Residual.NONE);
        int dataIn = sent;
        for (int position = 0; position < length; ) {
            int count = segment(position, length);
            boolean last = position + count == length;
            byte[] part = Arrays.copyOfRange(data, position, position + count);
            DataInHeader header = header(command, position, count, length, last && statusWithData, dataIn++);
            writer.write(header.status(), header::pdu, part);
            position += count;
        }
        if (statusWithData) {
            note(command, ScsiStatus.GOOD);
        } else {
            respond(command, end, residual, dataIn);
        }
    }

    private void respond(ScsiCommand command, Execution.Complete end, Residual residual, int expDataSN)
            throws IOException {
        note(command, end.status());
        Sense sense = end.sense();
        byte[] data = sense == null ? NO_DATA : encode(command, sense);
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new ScsiResponse(
                        0, end.status().code(), command.initiatorTaskTag(), numbers, expDataSN, residual),
                data);
    }

    /** Encodes sense data after its length (RFC 7143 11.4.7). */
    private byte[] encode(ScsiCommand command, Sense sense) {
        LogicalUnit unit = unit(command);
        byte[] encoded = unit == null ? sense.encodeFixed() : unit.encode(sense);
        return ByteBuffer.allocate(2 + encoded.length)
                .putShort((short) encoded.length)
                .put(encoded)
                .array();
    }

    /** Sends a part of the disk, and the status with the last of it. */
    private void sendData(ScsiCommand command, Execution.Read read) throws IOException {
        if (!anyRead) {
            anyRead = true;
            session.notify((SessionObserver observer) -> observer.firstRead(session.info()));
        }
        long expected = command.reads() ? Integer.toUnsignedLong(command.expectedDataTransferLength()) : 0;
        long length = Math.min(expected, read.length());
        Residual residual = Residual.of(Integer.toUnsignedLong(command.expectedDataTransferLength()), read.length());
        boolean statusWithData = length > 0 && residual.equals(Residual.NONE);
        int dataSN = 0;
        try {
            for (long position = 0; position < length; ) {
                int count = segment(position, length);
                boolean last = position + count == length;
                DataInHeader header = header(command, position, count, length, last && statusWithData, dataSN);
                writer.write(header.status(), header::pdu, read, position, count);
                dataSN++;
                position += count;
            }
        } catch (BlockIoException e) {
            respond(command, failed(unit(command), e, false), residual, dataSN);
            return;
        }
        if (statusWithData) {
            note(command, ScsiStatus.GOOD);
        } else {
            respond(command, Execution.Complete.GOOD, residual, dataSN);
        }
    }

    private void note(ScsiCommand command, ScsiStatus status) {
        TraceRecorder trace = target.trace();
        if (trace != null) {
            trace.ended(command, session.info().tsih(), status.code());
        }
    }

    /** Returns how much the next Data-In PDU carries: no sequence is longer than MaxBurstLength. */
    private int segment(long position, long length) {
        long burstLeft = parameters.maxBurstLength() - position % parameters.maxBurstLength();
        int longest = Math.min(parameters.maxSendDataSegmentLength(), PduWriter.LONGEST_DATA);
        return (int) Math.min(Math.min(longest, burstLeft), length - position);
    }

    private DataInHeader header(
            ScsiCommand command, long position, int count, long length, boolean carriesStatus, int dataSN) {
        long end = position + count;
        boolean endsSequence = end == length || end % parameters.maxBurstLength() == 0;
        return new DataInHeader(endsSequence, carriesStatus, command.initiatorTaskTag(), dataSN, (int) position);
    }

    private record DataInHeader(
            boolean endsSequence, boolean carriesStatus, int initiatorTaskTag, int dataSN, int position) {

        Status status() {
            return carriesStatus ? Status.TAKES_NUMBER : Status.SHOWS_NUMBER;
        }

        DataIn pdu(Numbers numbers) {
            return new DataIn(endsSequence, carriesStatus, initiatorTaskTag, numbers, dataSN, position);
        }
    }
}
