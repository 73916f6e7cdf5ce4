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
    private volatile long deadline = NEVER;
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

    /** Reads at least one byte. */
    void read(ByteBuffer destination, boolean midPdu) throws IOException {
        if (midPdu) {
            startStall();
        }
        int count = channel.read(destination);
        deadline = NEVER;
        if (count < 0) {
            throw new EOFException("The initiator closed the connection");
        }
    }

    /** Writes everything. */
    void write(ByteBuffer source) throws IOException {
        startStall();
        while (source.hasRemaining()) {
            channel.write(source);
        }
        deadline = NEVER;
    }

    private void startStall() {
        deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(STALL_SECONDS);
    }

    /** Tells whether a deadline has passed. */
    boolean isOverdue(long now) {
        return isPast(deadline, now) || isPast(loginDeadline, now);
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
