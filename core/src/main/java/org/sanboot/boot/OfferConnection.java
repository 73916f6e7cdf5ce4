package org.sanboot.boot;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Carries messages over a UNIX socket, each behind its length. One thread receives; any may send.
 *
 * <p>The channel is used as it is: the streams that java.nio.channels.Channels makes of one wait for each other.
 */
final class OfferConnection implements AutoCloseable {

    private final SocketChannel channel;

    OfferConnection(SocketChannel channel) {
        this.channel = channel;
    }

    synchronized void send(OfferMessage message) throws IOException {
        byte[] bytes = message.encoded();
        ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES + bytes.length);
        buffer.putInt(bytes.length).put(bytes).flip();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /** Waits for a message; the other side's end is an {@link EOFException}. */
    OfferMessage receive() throws IOException {
        int length = read(Integer.BYTES).getInt();
        if (length < 0 || length > OfferMessage.LONGEST) {
            throw new IOException("a message of %d bytes".formatted(length));
        }
        return OfferMessage.decoded(read(length).array());
    }

    private ByteBuffer read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        return buffer.flip();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
