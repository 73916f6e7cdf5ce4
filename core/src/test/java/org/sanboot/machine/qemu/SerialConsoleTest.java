package org.sanboot.machine.qemu;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SerialConsoleTest {

    private final StringBuffer heard = new StringBuffer();

    private SerialConsole console;
    private Path log;

    @BeforeEach
    void make(@TempDir Path directory) throws IOException {
        log = Files.createFile(directory.resolve("console.log"));
        console = new SerialConsole("web", log);
    }

    @Test
    void log_and_listeners_get_what_comes_over_several_power_cycles() throws Exception {
        AutoCloseable listening = console.listen(heard::append);
        console.listen(text -> {
            throw new IllegalStateException("a broken listener");
        });

        receive("first\n");
        receive("second\n");
        listening.close();
        receive("third\n");

        assertThat(heard).hasToString("first\nsecond\n");
        assertThat(Files.readString(log))
                .matches("(?s)\n=== powered on \\S+ ===\nfirst\n\n=== powered on .*second\n.*third\n");
    }

    @Test
    void a_character_that_comes_in_pieces_is_heard_whole() throws Exception {
        console.listen(heard::append);
        byte[] bytes = "Grüße".getBytes(UTF_8);

        receive(ByteBuffer.wrap(bytes, 0, 3), ByteBuffer.wrap(bytes, 3, bytes.length - 3));

        assertThat(heard).hasToString("Grüße");
    }

    @Test
    void bytes_that_are_no_text_are_logged_as_they_are() throws Exception {
        console.listen(heard::append);

        receive(ByteBuffer.wrap(new byte[] {'a', (byte) 0xff, 'b'}));

        assertThat(heard).hasToString("a\ufffdb");
        assertThat(Files.readAllBytes(log)).endsWith('a', 0xff, 'b');
    }

    @Test
    void the_tail_has_no_control_sequences() throws Exception {
        receive("\u001bc\u001b[?7l\u001b[2J\u001b[0mSeaBIOS\r\n\r\n\u001b[0;1miPXE\u001b[0m ok\r\nlogin: ");

        assertThat(console.tail(2)).isEqualTo("iPXE ok\nlogin:");
        assertThat(console.tail(100)).endsWith("===\nSeaBIOS\niPXE ok\nlogin:");
    }

    @Test
    void types_while_the_machine_is_on() throws Exception {
        try (Line line = Line.open()) {
            console.attach(line.ours());
            Thread reader = new Thread(() -> console.copyUntilEnd(line.ours()));
            reader.start();
            console.type("root\n");

            ByteBuffer typed = ByteBuffer.allocate(100);
            line.machines().read(typed);
            assertThat(new String(typed.array(), 0, typed.position(), UTF_8)).isEqualTo("root\n");
            line.machines().close();
            reader.join();
        }
        assertThatThrownBy(() -> console.type("root\n"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Machine 'web' is off; nothing can be typed.");
    }

    private void receive(String text) throws Exception {
        receive(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    private void receive(ByteBuffer... pieces) throws Exception {
        try (Line line = Line.open()) {
            console.attach(line.ours());
            Thread reader = new Thread(() -> console.copyUntilEnd(line.ours()));
            reader.start();
            for (ByteBuffer piece : pieces) {
                long expected = Files.size(log) + piece.remaining();
                line.machines().write(piece);
                await("piece copied").until(() -> Files.size(log) >= expected);
            }
            line.machines().close();
            reader.join();
        }
    }

    private record Line(SocketChannel ours, SocketChannel machines) implements AutoCloseable {

        static Line open() throws IOException {
            try (ServerSocketChannel server =
                    ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
                SocketChannel machines = SocketChannel.open(server.getLocalAddress());
                return new Line(server.accept(), machines);
            }
        }

        @Override
        public void close() throws IOException {
            ours.close();
            machines.close();
        }
    }
}
