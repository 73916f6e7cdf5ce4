package org.sanboot.guest.ssh;

import com.jcraft.jsch.SocketFactory;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;

/**
 * One TCP connection to an ssh server, handed to the ssh library as its socket factory.
 *
 * <p>It differs from a plain socket in two ways: its first bytes may have been read already, by whoever waited for the
 * server to come up; and it knows whether the server ended it, which the library reports as refused credentials when it
 * happens at the wrong time.
 */
final class Wire implements SocketFactory, AutoCloseable {

    private final Socket socket;
    private final InputStream input;
    private volatile boolean ended;

    /**
     * Takes over a connected socket.
     *
     * @param greeting what was read from it
     */
    Wire(Socket socket, byte[] greeting) throws IOException {
        this.socket = socket;
        this.input = new SequenceInputStream(
                new ByteArrayInputStream(greeting), new EndNotingStream(socket.getInputStream()));
    }

    /** Connects within a time. */
    static Wire connect(InetSocketAddress address, int timeoutMillis) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(resolve(address), timeoutMillis);
            return new Wire(socket, new byte[0]);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Looks the name up anew when an earlier look-up failed. */
    static InetSocketAddress resolve(InetSocketAddress address) throws UnknownHostException {
        InetSocketAddress resolved =
                address.isUnresolved() ? new InetSocketAddress(address.getHostString(), address.getPort()) : address;
        if (resolved.isUnresolved()) {
            throw new UnknownHostException("host name %s is unknown".formatted(address.getHostString()));
        }
        return resolved;
    }

    /** Whether the server, or the network, has ended the connection. */
    boolean ended() {
        return ended;
    }

    @Override
    public Socket createSocket(String host, int port) {
        return socket;
    }

    @Override
    public InputStream getInputStream(Socket ignored) {
        return input;
    }

    @Override
    public OutputStream getOutputStream(Socket ignored) throws IOException {
        return socket.getOutputStream();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }

    private final class EndNotingStream extends FilterInputStream {

        EndNotingStream(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                int count = in.read(buffer, offset, length);
                ended |= count < 0;
                return count;
            } catch (java.net.SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                ended = true;
                throw e;
            }
        }
    }
}
