package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.Digest;
import org.sanboot.iscsi.pdu.Numbers;
import org.sanboot.iscsi.pdu.TargetPdu;
import org.sanboot.iscsi.scsi.Execution;

/**
 * Writes PDUs to a connection, many in one system call: they go out when the connection's thread is about to wait, or the
 * buffer is full. Any thread may write; StatSN is given under the same lock, so numbers and bytes have one order.
 */
final class PduWriter {

    /**
     * The longest Data-In PDU, in bytes of data. Initiators take more, but not sooner: they are to be busy with one piece
     * while the next is read from the disk.
     */
    static final int LONGEST_DATA = 65_536;

    private static final int FLUSH_AT = LONGEST_DATA;

    private final Wire wire;
    private final BufferPool pool;
    private final ReentrantLock lock = new ReentrantLock();
    private final Digest digest = new Digest();

    private @Nullable ByteBuffer out;
    private boolean headerDigest;
    private boolean dataDigest;
    private int statSN = 1;
    private boolean closed;
    private @Nullable CommandWindow window;

    PduWriter(Wire wire, BufferPool pool) {
        this.wire = wire;
        this.pool = pool;
    }

    /** Goes on as was agreed in the login. */
    void enterFullFeaturePhase(boolean withHeaderDigest, boolean withDataDigest) {
        headerDigest = withHeaderDigest;
        dataDigest = withDataDigest;
    }

    /** Numbers of commands come from here, once the first is known. */
    void useWindow(CommandWindow commandWindow) {
        window = commandWindow;
    }

    /** Whether a PDU ends something and so takes a status number, or only shows the next one. */
    enum Status {
        TAKES_NUMBER,
        SHOWS_NUMBER
    }

    private Numbers numbers(Status status) {
        int number = status == Status.TAKES_NUMBER ? statSN++ : statSN;
        CommandWindow commands = window;
        return commands == null
                ? new Numbers(number, 0, 0)
                : new Numbers(number, commands.expCmdSN(), commands.maxCmdSN());
    }

    /** Writes a login response, where command numbers are not counted yet. */
    void writeLogin(Function<Numbers, TargetPdu> pdu, byte[] data, int cmdSN) throws IOException {
        write(Status.TAKES_NUMBER, numbers -> pdu.apply(new Numbers(numbers.statSN(), cmdSN, cmdSN)), data);
    }

    /** Writes a PDU with a data segment that is at hand. */
    void write(Status status, Function<Numbers, TargetPdu> pdu, byte[] data) throws IOException {
        lock.lock();
        try {
            ByteBuffer buffer = reserve(data.length);
            int start = buffer.position();
            buffer.put(dataStart(start), data);
            finish(buffer, start, pdu.apply(numbers(status)), data.length);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Writes a PDU whose data segment is read from the disk straight into the send buffer.
     *
     * @throws org.sanboot.block.BlockIoException when the medium cannot be read; then nothing was written
     */
    void write(Status status, Function<Numbers, TargetPdu> pdu, Execution.Read source, long position, int length)
            throws IOException {
        lock.lock();
        try {
            ByteBuffer buffer = reserve(length);
            int start = buffer.position();
            source.read(position, buffer.slice(dataStart(start), length));
            finish(buffer, start, pdu.apply(numbers(status)), length);
        } finally {
            lock.unlock();
        }
    }

    private int dataStart(int start) {
        return start + BasicHeader.LENGTH + (headerDigest ? Digest.LENGTH : 0);
    }

    private ByteBuffer reserve(int dataLength) throws IOException {
        int needed = BasicHeader.LENGTH + dataLength + 3 + 2 * Digest.LENGTH;
        if (closed) {
            // A worker is late; a buffer taken now would never be given back.
            throw new ClosedChannelException();
        }
        ByteBuffer buffer = out;
        if (buffer != null && buffer.remaining() < needed) {
            flush();
            buffer = out;
        }
        if (buffer == null) {
            buffer = pool.acquire();
            out = buffer;
        }
        return buffer;
    }

    private void finish(ByteBuffer buffer, int start, TargetPdu pdu, int length) throws IOException {
        pdu.encode(buffer, length);
        if (headerDigest) {
            buffer.putInt(start + BasicHeader.LENGTH, digest.of(buffer, start, BasicHeader.LENGTH));
        }
        int data = dataStart(start);
        int end = data + length;
        for (int i = BasicHeader.padding(length); i > 0; i--) {
            buffer.put(end++, (byte) 0);
        }
        if (dataDigest && length > 0) {
            buffer.putInt(end, digest.of(buffer, data, end - data));
            end += Digest.LENGTH;
        }
        buffer.position(end);
        if (end >= FLUSH_AT) {
            flush();
        }
    }

    /** Sends what was written. */
    void flush() throws IOException {
        lock.lock();
        try {
            ByteBuffer buffer = out;
            if (buffer != null) {
                wire.write(buffer.flip());
                out = null;
                pool.release(buffer);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Gives the buffer back, whatever is in it, and takes no more PDUs. */
    void close() {
        lock.lock();
        try {
            closed = true;
            ByteBuffer buffer = out;
            if (buffer != null) {
                out = null;
                pool.release(buffer);
            }
        } finally {
            lock.unlock();
        }
    }
}
