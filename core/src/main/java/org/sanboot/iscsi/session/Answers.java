package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.login.SessionParameters;
import org.sanboot.iscsi.pdu.DataIn;
import org.sanboot.iscsi.pdu.Numbers;
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

/** What the tasks of one session send: data of reads, and how they ended (RFC 7143 11.4, 11.7). Any thread may call it. */
final class Answers {

    private static final Logger LOG = Logging.logger(Answers.class);
    private static final byte[] NO_DATA = new byte[0];

    /**
     * The longest Data-In PDU, in bytes of data, and what is read from the disk at a time. Measured with one initiator on
     * loopback, pieces of 64 KiB cost a tenth to a quarter of the throughput of large reads.
     */
    private static final int LONGEST_DATA = BufferPool.LONGEST_SEGMENT;

    private final Session session;
    private final SessionParameters parameters;
    private final Target target;
    private final PduWriter writer;
    private final BufferPool buffers;
    private final AtomicBoolean anyRead = new AtomicBoolean();

    Answers(Session session, Target target, PduWriter writer, BufferPool buffers) {
        this.session = session;
        this.parameters = session.parameters();
        this.target = target;
        this.writer = writer;
        this.buffers = buffers;
    }

    /** Ends a command with its status, after the data that it has for the initiator. */
    void end(Task task, Execution.Complete end) {
        ScsiCommand command = task.command;
        byte[] data = end.data();
        int length = command.reads() ? (int) Math.min(data.length, task.expectedLength()) : 0;
        Residual residual =
                Residual.of(task.expectedLength(), Math.max(task.data().transferLength(), data.length));
        boolean statusWithData = length > 0 && end.status() == ScsiStatus.GOOD && residual.equals(Residual.NONE);
        task.answer(writer, () -> {
            int dataSN = task.data().r2tCount();
            for (int position = 0; position < length; ) {
                int count = segment(position, length);
                boolean last = position + count == length;
                byte[] part = Arrays.copyOfRange(data, position, position + count);
                DataInHeader header = header(command, position, count, length, last && statusWithData, dataSN++);
                writer.write(header.status(), header::pdu, part);
                position += count;
            }
            if (statusWithData) {
                note(command, ScsiStatus.GOOD);
            } else {
                respond(command, end, residual, dataSN);
            }
        });
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
        LogicalUnit unit = target.scsi().unit(command.lun());
        byte[] encoded = unit == null ? sense.encodeFixed() : unit.encode(sense);
        return ByteBuffer.allocate(2 + encoded.length)
                .putShort((short) encoded.length)
                .put(encoded)
                .array();
    }

    /** Sends a part of the disk, and the status with the last of it. */
    void send(Task task, Execution.Read read, DiskPermit permit) {
        if (anyRead.compareAndSet(false, true)) {
            session.notify(observer -> observer.firstRead(session.info()));
        }
        long length = task.command.reads() ? Math.min(task.expectedLength(), read.length()) : 0;
        Residual residual = Residual.of(task.expectedLength(), read.length());
        boolean statusWithData = length > 0 && residual.equals(Residual.NONE);
        int dataSN = 0;
        if (length > 0) {
            ByteBuffer buffer = buffers.acquire();
            try {
                for (long position = 0; position < length; dataSN++) {
                    int count = segment(position, length);
                    ByteBuffer data =
                            buffer.clear().position(PduWriter.HEADROOM).limit(PduWriter.HEADROOM + count);
                    read(task, read, position, data.slice(), permit);
                    boolean last = position + count == length;
                    DataInHeader header = header(task.command, position, count, length, last && statusWithData, dataSN);
                    if (last && statusWithData) {
                        task.answer(writer, () -> {
                            note(task.command, ScsiStatus.GOOD);
                            writer.writeAround(header.status(), header::pdu, data);
                        });
                    } else if (!sendPart(task, header, data)) {
                        return;
                    }
                    position += count;
                }
            } catch (BlockIoException e) {
                failed(task, e, residual, dataSN);
                return;
            } finally {
                buffers.release(buffer);
            }
        }
        if (!statusWithData) {
            int count = dataSN;
            task.answer(writer, () -> respond(task.command, Execution.Complete.GOOD, residual, count));
        }
    }

    private void failed(Task task, BlockIoException e, Residual residual, int count) {
        LogicalUnit unit = task.unit();
        if (unit != null) {
            unit.failed(e);
        }
        Execution.Complete end = Execution.Complete.failed(Sense.of(e, false));
        task.answer(writer, () -> respond(task.command, end, residual, count));
    }

    private static void read(Task task, Execution.Read read, long position, ByteBuffer data, DiskPermit permit) {
        int count = data.remaining();
        permit.begin();
        long begin = System.nanoTime();
        try {
            read.read(position, data);
        } finally {
            DeviceServer server = task.server;
            if (server != null) {
                server.pace().read(count, System.nanoTime() - begin);
            }
            permit.end();
        }
    }

    /** Sends data that is not the last; returns false when no more is to be sent. */
    private boolean sendPart(Task task, DataInHeader header, ByteBuffer data) {
        boolean[] sent = new boolean[1];
        try {
            writer.together(() -> {
                if (task.isLive()) {
                    writer.writeAround(header.status(), header::pdu, data);
                    sent[0] = true;
                }
            });
        } catch (IOException e) {
            LOG.debug("Data could not be sent: {}", e.getMessage());
        }
        if (!sent[0]) {
            task.answer(writer, () -> {});
        }
        return sent[0];
    }

    private void note(ScsiCommand command, ScsiStatus status) {
        TraceRecorder trace = target.trace();
        if (trace != null) {
            trace.ended(command, session.info().tsih(), status.code());
        }
    }

    /**
     * Returns how much the next Data-In PDU carries: no sequence is longer than MaxBurstLength, and all but the last PDU
     * need no padding (RFC 7143 11.7.4 would have it in the middle of the data).
     */
    private int segment(long position, long length) {
        long burstLeft = burst() - position % burst();
        int longest = Math.min(parameters.maxSendDataSegmentLength(), LONGEST_DATA) & ~3;
        return (int) Math.min(Math.min(longest, burstLeft), length - position);
    }

    private int burst() {
        return parameters.maxBurstLength() & ~3;
    }

    private DataInHeader header(
            ScsiCommand command, long position, int count, long length, boolean carriesStatus, int dataSN) {
        long end = position + count;
        boolean endsSequence = end == length || end % burst() == 0;
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
