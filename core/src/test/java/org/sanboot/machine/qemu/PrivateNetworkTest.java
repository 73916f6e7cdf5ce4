package org.sanboot.machine.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.Run;

@Timeout(30)
class PrivateNetworkTest {

    @TempDir
    Path parent;

    private Run run;
    private PrivateNetwork network;

    @BeforeEach
    void open() {
        run = Run.open(parent);
        network = PrivateNetwork.open(run, "backend");
    }

    @AfterEach
    void close() {
        network.close();
        run.close();
    }

    @Test
    void a_frame_reaches_all_others_and_not_its_sender() throws IOException {
        try (SocketChannel first = join();
                SocketChannel second = join();
                SocketChannel third = join()) {

            send(first, "from the first");
            assertThat(receive(second)).isEqualTo("from the first");
            assertThat(receive(third)).isEqualTo("from the first");

            send(second, "from the second");
            assertThat(receive(first)).isEqualTo("from the second");
        }
    }

    @Test
    void frames_that_come_in_pieces_or_together_are_passed_on_whole() throws IOException {
        try (SocketChannel first = join();
                SocketChannel second = join()) {
            ByteBuffer two = ByteBuffer.allocate(100);
            two.put(frame("one")).put(frame("two")).flip();

            first.write(two.duplicate().limit(2));
            first.write(two.duplicate().position(2).limit(9));
            first.write(two.duplicate().position(9));

            assertThat(receive(second)).isEqualTo("one");
            assertThat(receive(second)).isEqualTo("two");
        }
    }

    @Test
    void a_machine_that_takes_nothing_holds_up_nobody() throws IOException {
        try (SocketChannel sender = join();
                SocketChannel stopped = join();
                SocketChannel receiver = join()) {
            String large = "x".repeat(60_000);
            for (int i = 0; i < 50; i++) {
                send(sender, large);
                assertThat(receive(receiver)).isEqualTo(large);
            }
            // What the stopped one gets in the end is whole frames all the same.
            assertThat(receive(stopped)).isEqualTo(large);
        }
    }

    @Test
    void one_that_leaves_or_talks_nonsense_disturbs_nobody() throws IOException {
        try (SocketChannel first = join();
                SocketChannel second = join()) {
            SocketChannel leaver = join();
            leaver.close();
            await("port left").until(() -> network.joined() == 2);
            SocketChannel babbler = join();
            babbler.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}));
            assertThat(babbler.read(ByteBuffer.allocate(1))).isEqualTo(-1);

            send(first, "still here");
            assertThat(receive(second)).isEqualTo("still here");
        }
    }

    @Test
    void closing_unplugs_the_machines_and_removes_the_socket() throws IOException {
        try (SocketChannel port = join()) {
            network.close();
            network.close();

            assertThat(port.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(network.socket()).doesNotExist();
            assertThat(Files.list(run.socketDirectory())).isEmpty();
        }
    }

    private SocketChannel join() throws IOException {
        int before = network.joined();
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(network.socket()));
        await("port joined").pollInterval(Duration.ofMillis(1)).until(() -> network.joined() > before);
        return channel;
    }

    private static ByteBuffer frame(String content) {
        return ByteBuffer.allocate(4 + content.length())
                .putInt(content.length())
                .put(content.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                .flip();
    }

    private static void send(SocketChannel channel, String content) throws IOException {
        channel.write(frame(content));
    }

    private static String receive(SocketChannel channel) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(4);
        while (length.hasRemaining()) {
            channel.read(length);
        }
        ByteBuffer content = ByteBuffer.allocate(length.flip().getInt());
        while (content.hasRemaining()) {
            channel.read(content);
        }
        return new String(content.array(), java.nio.charset.StandardCharsets.US_ASCII);
    }
}
