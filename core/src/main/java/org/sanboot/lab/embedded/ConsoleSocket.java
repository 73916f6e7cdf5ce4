package org.sanboot.lab.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.Console;

/**
 * Lets any number of programs read and type on a console, through a UNIX socket.
 *
 * <p>A thread waits for visitors, and two serve each of them. What a visitor is too slow to take is lost to it: the
 * console never waits.
 */
final class ConsoleSocket implements AutoCloseable {

    private static final int LINES_BEFORE = 20;
    private static final int PIECES_WAITING = 1000;

    private final Console console;
    private final Path socket;
    private final ServerSocketChannel server;
    private final Set<SocketChannel> visitors = ConcurrentHashMap.newKeySet();

    private ConsoleSocket(Console console, Path socket, ServerSocketChannel server) {
        this.console = console;
        this.socket = socket;
        this.server = server;
    }

    /**
     * Opens the door.
     *
     * @param socket is made, in a directory that protects it, and removed in the end
     */
    static ConsoleSocket open(Console console, Path socket) {
        try {
            Files.deleteIfExists(socket);
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            ConsoleSocket door = new ConsoleSocket(console, socket, server.bind(UnixDomainSocketAddress.of(socket)));
            start(door::admit);
            return door;
        } catch (IOException e) {
            throw new InfrastructureException("Cannot open a console to " + socket + ": " + e, e);
        }
    }

    Path socket() {
        return socket;
    }

    private void admit() {
        try {
            while (true) {
                SocketChannel visitor = server.accept();
                visitors.add(visitor);
                start(() -> serve(visitor));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(SocketChannel visitor) {
        BlockingQueue<String> printed = new ArrayBlockingQueue<>(PIECES_WAITING);
        var unused = printed.offer(console.tail(LINES_BEFORE).replace("\n", "\r\n"));
        Thread writer = start(() -> print(printed, visitor));
        try (visitor;
                var listening = console.listen(printed::offer)) {
            ByteBuffer bytes = ByteBuffer.allocate(1024);
            while (visitor.read(bytes.clear()) >= 0) {
                console.type(UTF_8.decode(bytes.flip()).toString());
            }
        } catch (Exception e) {
            // The visitor or the machine has gone; either ends the visit.
        } finally {
            writer.interrupt();
            visitors.remove(visitor);
        }
    }

    private static void print(BlockingQueue<String> printed, SocketChannel visitor) {
        try {
            while (true) {
                ByteBuffer bytes = UTF_8.encode(printed.take());
                while (bytes.hasRemaining()) {
                    visitor.write(bytes);
                }
            }
        } catch (IOException | InterruptedException e) {
            // The visit has ended.
        }
    }

    private static Thread start(Runnable task) {
        Thread thread = new Thread(task, "sanboot-console-door");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    @Override
    public void close() {
        try {
            server.close();
            for (SocketChannel visitor : visitors) {
                visitor.close();
            }
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot close the console at " + socket + ": " + e, e);
        }
    }
}
