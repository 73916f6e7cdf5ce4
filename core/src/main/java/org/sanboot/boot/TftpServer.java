package org.sanboot.boot;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sanboot.boot.TftpPacket.ErrorCode;
import org.sanboot.boot.TftpPacket.MalformedException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Serves a few files by TFTP (RFC 1350 with the options of RFC 2347 to 2349), for reading only.
 *
 * <p>One thread takes requests; each transfer has a thread and a port of its own. A request beyond the limit is dropped:
 * its sender asks again.
 */
final class TftpServer implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(TftpServer.class);
    private static final int TRANSFERS = 64;
    private static final int LARGEST_REQUEST = 1500;

    private final DatagramSocket socket;
    private final Map<String, Path> files;
    private final ExecutorService transfers;

    private TftpServer(DatagramSocket socket, Map<String, Path> files) {
        this.socket = socket;
        this.files = files;
        this.transfers = new ThreadPoolExecutor(
                0, TRANSFERS, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), TftpServer::thread);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-tftp");
        thread.setDaemon(true);
        return thread;
    }

    static TftpServer start(InetSocketAddress address, Map<String, Path> files) throws IOException {
        TftpServer server = new TftpServer(new DatagramSocket(address), files);
        thread(server::takeRequests).start();
        return server;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private void takeRequests() {
        byte[] buffer = new byte[LARGEST_REQUEST];
        while (!socket.isClosed()) {
            DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(packet);
                InetSocketAddress client = (InetSocketAddress) packet.getSocketAddress();
                answer(client, ByteBuffer.wrap(buffer.clone(), 0, packet.getLength()));
            } catch (IOException e) {
                if (!socket.isClosed()) {
                    LOGGER.warn("TFTP: {}", e.toString());
                }
            } catch (RejectedExecutionException e) {
                LOGGER.debug("TFTP: {} transfers at once are enough", TRANSFERS);
            }
        }
    }

    private void answer(InetSocketAddress client, ByteBuffer bytes) throws IOException {
        try {
            TftpPacket packet = TftpPacket.parse(bytes);
            if (packet instanceof TftpPacket.ReadRequest request) {
                serve(client, request);
            } else if (packet instanceof TftpPacket.WriteRequest) {
                refuse(client, ErrorCode.ACCESS_VIOLATION, "nothing can be written here");
            }
            // Anything else belongs to a transfer that is over.
        } catch (MalformedException e) {
            refuse(client, ErrorCode.ILLEGAL_OPERATION, e.reason());
        }
    }

    private void serve(InetSocketAddress client, TftpPacket.ReadRequest request) throws IOException {
        Path file = files.get(request.file().replaceFirst("^/+", ""));
        if (file == null) {
            LOGGER.warn("TFTP: {} asks for '{}'", client, request.file().replaceAll("[^ -~]", "?"));
            refuse(client, ErrorCode.FILE_NOT_FOUND, "no such file");
        } else if (!request.mode().equals("octet")) {
            refuse(client, ErrorCode.UNDEFINED, "only mode octet is known");
        } else {
            transfers.execute(() -> transfer(client, request, file));
        }
    }

    private void transfer(InetSocketAddress client, TftpPacket.ReadRequest request, Path file) {
        try (DatagramSocket own = new DatagramSocket(new InetSocketAddress(socket.getLocalAddress(), 0))) {
            new TftpTransfer(own, client, BootFiles.read(file), request.options()).run();
        } catch (IOException e) {
            LOGGER.debug("TFTP: {} to {}: {}", file, client, e.toString());
        } catch (RuntimeException e) {
            LOGGER.warn("TFTP: {} to {}", file, client, e);
        }
    }

    private void refuse(InetSocketAddress client, ErrorCode code, String message) throws IOException {
        byte[] error = TftpPacket.error(code, message);
        socket.send(new DatagramPacket(error, error.length, client));
    }

    @Override
    public void close() {
        socket.close();
        transfers.shutdownNow();
    }
}
