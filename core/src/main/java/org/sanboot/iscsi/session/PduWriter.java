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

/**
 * Frames and numbers PDUs and writes them to a connection, small ones many in one system call: they go out when the thread
 * that reads is about to wait, or the buffer is full. Any thread may write; StatSN is given under the same lock, so numbers
 * and bytes have one order.
 */
final class PduWriter {

    /** Bytes that a buffer for {@link #writeAround} has before its data. */
    static final int HEADROOM = 64;

    /** Small PDUs are collected in a buffer of this connection. */
    private static final int BUFFER_SIZE = 16_384;

    /** Data up to this length is copied there, which costs less than a system call. */
    private static final int SMALL = 8192;

    /** Padding and digest. */
    private static final int TRAILER = 3 + Digest.LENGTH;

    private final Wire wire;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private final ReentrantLock lock = new ReentrantLock();
    private final Digest digest = new Digest();

    private boolean headerDigest;
    private boolean dataDigest;
    private int statSN = 1;
    private boolean closed;
    private @Nullable CommandWindow window;

    PduWriter(Wire wire) {
        this.wire = wire;
    }

    /** Something that writes, and may fail to. */
    interface Action {
        void run() throws IOException;
    }

    /**
     * Does something whose PDUs nobody else's come between, and that is seen by others only when they are written.
     *
     * @throws ClosedChannelException when the connection has ended
     */
    void together(Action action) throws IOException {
        lock.lock();
        try {
            if (closed) {
                // A worker is late.
                throw new ClosedChannelException();
            }
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the status number of the next PDU that takes one; called within {@link #together}. */
    int nextStatSN() {
        return statSN;
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
        together(() -> {
            if (data.length <= SMALL) {
                copy(pdu.apply(numbers(status)), ByteBuffer.wrap(data));
            } else {
                ByteBuffer around = ByteBuffer.allocate(HEADROOM + data.length + TRAILER);
                around.position(HEADROOM).put(data).flip().position(HEADROOM);
                send(pdu.apply(numbers(status)), around);
            }
        });
    }

    /**
     * Writes a PDU whose data segment lies in a buffer with {@link #HEADROOM} before it and some room behind; around it the
     * buffer is overwritten.
     *
     * @param data from its position to its limit
     */
    void writeAround(Status status, Function<Numbers, TargetPdu> pdu, ByteBuffer data) throws IOException {
        together(() -> {
            if (data.remaining() <= SMALL) {
                copy(pdu.apply(numbers(status)), data);
            } else {
                send(pdu.apply(numbers(status)), data);
            }
        });
    }

    private int headerLength() {
        return BasicHeader.LENGTH + (headerDigest ? Digest.LENGTH : 0);
    }

    private void copy(TargetPdu pdu, ByteBuffer data) throws IOException {
        int length = data.remaining();
        if (out.remaining() < headerLength() + length + TRAILER) {
            flush();
        }
        int start = out.position();
        out.put(start + headerLength(), data, data.position(), length);
        out.position(frame(out, start, pdu, length));
    }

    private void send(TargetPdu pdu, ByteBuffer data) throws IOException {
        int start = data.position() - headerLength();
        int length = data.remaining();
        data.limit(data.capacity());
        int end = frame(data, start, pdu, length);
        data.limit(end).position(start);
        toWire(data);
    }

    /** When the wire breaks in the middle, nothing that could come after it would be understood. */
    private void toWire(@Nullable ByteBuffer behind) throws IOException {
        boolean sent = false;
        try {
            if (behind == null) {
                wire.write(out.flip());
            } else if (out.position() == 0) {
                wire.write(behind);
            } else {
                wire.write(out.flip(), behind);
            }
            sent = true;
        } finally {
            closed |= !sent;
            out.clear();
        }
    }

    /** Writes what goes around a data segment, and returns where all of it ends. */
    private int frame(ByteBuffer buffer, int start, TargetPdu pdu, int length) {
        int position = buffer.position();
        pdu.encode(buffer.position(start), length);
        buffer.position(position);
        if (headerDigest) {
            buffer.putInt(start + BasicHeader.LENGTH, digest.of(buffer, start, BasicHeader.LENGTH));
        }
        int data = start + headerLength();
        int end = data + length;
        for (int i = BasicHeader.padding(length); i > 0; i--) {
            buffer.put(end++, (byte) 0);
        }
        if (dataDigest && length > 0) {
            buffer.putInt(end, digest.of(buffer, data, end - data));
            end += Digest.LENGTH;
        }
        return end;
    }

    /** Tells whether something was written and not sent, as far as the caller's own writing goes. */
    boolean hasUnsent() {
        return out.position() > 0;
    }

    /** Sends what was written. */
    void flush() throws IOException {
        lock.lock();
        try {
            if (out.position() > 0) {
                toWire(null);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Sends what was written, unless another thread waits to write more, which sends all of it together. */
    void flushUnlessOthersWill() throws IOException {
        if (!lock.hasQueuedThreads()) {
            flush();
        }
    }

    /** Takes no more PDUs. */
    void close() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }
}
