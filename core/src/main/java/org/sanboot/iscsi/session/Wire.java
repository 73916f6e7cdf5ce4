package org.sanboot.iscsi.session;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * One TCP connection in blocking mode, with a deadline for whatever must not take for ever.
 *
 * <p>A watchdog closes the connection when the deadline has passed; nobody is ever interrupted, since a thread may be
 * inside a disk.
 */
final class Wire implements Closeable {

    /** How long a peer may leave a PDU half sent, or a response unread. */
    private static final long STALL_SECONDS = 30;

    private static final long NEVER = Long.MAX_VALUE;

    private final SocketChannel channel;
    /** For the rest of a PDU whose first bytes came, whatever else happens meanwhile. */
    private volatile long readDeadline = NEVER;

    private volatile long writeDeadline = NEVER;
    private volatile long loginDeadline = NEVER;

    Wire(SocketChannel channel) {
        this.channel = channel;
    }

    SocketAddress localAddress() throws IOException {
        return channel.getLocalAddress();
    }

    SocketAddress remoteAddress() throws IOException {
        return channel.getRemoteAddress();
    }

    void startLogin(long nanos) {
        loginDeadline = System.nanoTime() + nanos;
    }

    void endLogin() {
        loginDeadline = NEVER;
    }

    /** Reads at least one byte, of a PDU under way or, where the last one is complete, of another one. */
    void read(ByteBuffer destination, boolean midPdu) throws IOException {
        if (midPdu && readDeadline == NEVER) {
            readDeadline = stall();
        }
        int count = channel.read(destination);
        if (count < 0) {
            throw new EOFException("The initiator closed the connection");
        }
    }

    /** Notes that all of a PDU came. */
    void pduIsComplete() {
        if (readDeadline != NEVER) {
            readDeadline = NEVER;
        }
    }

    /** Writes everything. */
    void write(ByteBuffer source) throws IOException {
        writeDeadline = stall();
        while (source.hasRemaining()) {
            channel.write(source);
        }
        writeDeadline = NEVER;
    }

    /** Writes everything of both, in their order. */
    void write(ByteBuffer first, ByteBuffer second) throws IOException {
        writeDeadline = stall();
        ByteBuffer[] sources = {first, second};
        while (second.hasRemaining()) {
            channel.write(sources);
        }
        writeDeadline = NEVER;
    }

    private static long stall() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(STALL_SECONDS);
    }

    /** Tells whether a deadline has passed. */
    boolean isOverdue(long now) {
        return isPast(readDeadline, now) || isPast(writeDeadline, now) || isPast(loginDeadline, now);
    }

    private static boolean isPast(long due, long now) {
        return due != NEVER && due - now < 0;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
