package org.sanboot.lab.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.machine.Console;

@Timeout(30)
class ConsoleSocketTest {

    @TempDir
    private Path directory;

    private final FakeConsole console = new FakeConsole();

    @Test
    void a_visitor_sees_what_was_printed_before_and_is_printed_now_and_types() throws IOException {
        try (ConsoleSocket door = ConsoleSocket.open(console, directory.resolve("door"));
                SocketChannel visitor = visit(door)) {
            assertThat(read(visitor, 8)).isEqualTo("a\r\nlogin");
            await("the door listens").until(() -> !console.listeners.isEmpty());

            console.listeners.forEach(listener -> listener.accept("Password"));
            assertThat(read(visitor, 8)).isEqualTo("Password");

            visitor.write(ByteBuffer.wrap("root\r".getBytes(UTF_8)));
            await("typed").until(() -> String.join("", console.typed).equals("root\r"));
        }
    }

    @Test
    void a_visitor_that_does_not_read_never_makes_the_console_wait() throws IOException {
        try (ConsoleSocket door = ConsoleSocket.open(console, directory.resolve("door"));
                SocketChannel visitor = visit(door)) {
            await("the door listens").until(() -> !console.listeners.isEmpty());

            for (int i = 0; i < 10_000; i++) {
                console.listeners.get(0).accept("x".repeat(1000));
            }

            assertThat(visitor.isOpen()).isTrue();
        }
    }

    @Test
    void closing_ends_all_visits_and_removes_the_socket() throws IOException {
        ConsoleSocket door = ConsoleSocket.open(console, directory.resolve("door"));
        try (SocketChannel visitor = visit(door)) {
            await("the door listens").until(() -> !console.listeners.isEmpty());

            door.close();

            await("nobody listens").until(console.listeners::isEmpty);
            assertThat(directory).isEmptyDirectory();
        }
    }

    private static SocketChannel visit(ConsoleSocket door) throws IOException {
        SocketChannel visitor = SocketChannel.open(StandardProtocolFamily.UNIX);
        visitor.connect(UnixDomainSocketAddress.of(door.socket()));
        return visitor;
    }

    private static String read(SocketChannel visitor, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining() && visitor.read(bytes) >= 0) {}
        return new String(bytes.array(), 0, bytes.position(), UTF_8);
    }

    private static final class FakeConsole implements Console {

        private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
        private final List<String> typed = new CopyOnWriteArrayList<>();

        @Override
        public Path log() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String tail(int lines) {
            return "a\nlogin";
        }

        @Override
        public AutoCloseable listen(Consumer<String> listener) {
            listeners.add(listener);
            return () -> listeners.remove(listener);
        }

        @Override
        public void type(String text) {
            typed.add(text);
        }
    }
}
