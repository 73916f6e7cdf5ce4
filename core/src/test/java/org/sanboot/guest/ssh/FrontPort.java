package org.sanboot.guest.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;

/** A port before a guest's, like that of QEMU's user network: it accepts before the guest listens. */
final class FrontPort implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    private final FakeGuest behind;
    private final AtomicInteger count = new AtomicInteger();
    private final int turnAway;
    private final Treatment treatment;
    private volatile boolean frozen;

    interface Treatment {
        void of(Socket socket) throws IOException;
    }

    FrontPort(FakeGuest behind, int turnAway, Treatment treatment) throws IOException {
        this.behind = behind;
        this.turnAway = turnAway;
        this.treatment = treatment;
        start(this::accept);
    }

    int number() {
        return server.getLocalPort();
    }

    int turnedAway() {
        return Math.min(count.get(), turnAway);
    }

    /** From now on nothing passes, and nobody is told, as when a machine hangs or loses its network. */
    void freeze() {
        frozen = true;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                if (count.incrementAndGet() <= turnAway) {
                    treatment.of(socket);
                } else {
                    Socket onward = new Socket("127.0.0.1", behind.address().getPort());
                    start(() -> pump(socket, onward));
                    start(() -> pump(onward, socket));
                }
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void pump(Socket from, Socket to) {
        byte[] block = new byte[8192];
        try (from;
                to) {
            int length;
            while ((length = from.getInputStream().read(block)) > 0) {
                if (!frozen) {
                    to.getOutputStream().write(block, 0, length);
                }
            }
        } catch (IOException e) {
            // One side has gone, and with it the other.
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "front-port");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
