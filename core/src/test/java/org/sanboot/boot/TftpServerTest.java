package org.sanboot.boot;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.boot.TftpPacket.MalformedException;

class TftpServerTest {

    private static final String FILE = "undionly.kpxe";

    @TempDir
    private Path directory;

    private final byte[] content = new byte[512 * 3 + 17];
    private TftpServer server;
    private DatagramSocket client;

    @BeforeEach
    void start() throws IOException {
        new Random(1).nextBytes(content);
        server = TftpServer.start(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                Map.of(FILE, Files.write(directory.resolve(FILE), content)));
        client = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        client.setSoTimeout(5000);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void a_file_comes_in_blocks_of_512_octets() throws IOException {
        send(server.address(), request(FILE, "octet"));

        assertThat(receiveFile(512)).isEqualTo(content);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 511, 512, 513, 1024})
    void a_file_of_any_length_comes_whole(int length) throws IOException {
        Files.write(directory.resolve(FILE), Arrays.copyOf(content, length));
        send(server.address(), request("/" + FILE, "OCTET"));

        assertThat(receiveFile(512)).isEqualTo(Arrays.copyOf(content, length));
    }

    @Test
    void options_are_granted_as_far_as_they_are_known() throws IOException {
        send(
                server.address(),
                request(FILE, "octet", "tsize", "0", "BLKSIZE", "1024", "windowsize", "8", "timeout", "2"));

        DatagramPacket packet = receive();
        assertThat(text(packet)).isEqualTo("\0\6tsize\0" + content.length + "\0blksize\0" + "1024\0timeout\0" + "2\0");
        acknowledge(packet.getSocketAddress(), 0);
        assertThat(receiveFile(1024)).isEqualTo(content);
    }

    @Test
    void blocks_fit_into_a_frame() throws IOException {
        send(server.address(), request(FILE, "octet", "blksize", "9000"));

        assertThat(text(receive())).isEqualTo("\0\6blksize\0" + "1468\0");
    }

    @Test
    void a_block_that_is_not_acknowledged_is_sent_again() throws IOException {
        send(server.address(), request(FILE, "octet"));
        String first = text(receive());

        DatagramPacket again = receive();

        assertThat(text(again)).isEqualTo(first);
        acknowledge(again.getSocketAddress(), 1);
        assertThat(text(receive())).startsWith("\0\3\0\2");
    }

    /** A link that is lost for some seconds is no reason to leave a firmware that still asks. */
    @ParameterizedTest
    @CsvSource({"1, 30", "3, 10", "60, 6"})
    void a_client_is_believed_gone_after_half_a_minute_of_silence(String timeout, int packets) throws IOException {
        try (SilentSocket silent = new SilentSocket()) {
            new TftpTransfer(silent, new InetSocketAddress("127.0.0.1", 9), content, Map.of("timeout", timeout)).run();

            assertThat(silent.sent).isEqualTo(packets);
        }
    }

    @Test
    void a_transfer_is_not_disturbed_by_others() throws IOException {
        send(server.address(), request(FILE, "octet"));
        DatagramPacket first = receive();
        try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            stranger.setSoTimeout(5000);
            byte[] acknowledgment = {0, 4, 0, 1};
            stranger.send(new DatagramPacket(acknowledgment, 4, first.getSocketAddress()));
            DatagramPacket answer = new DatagramPacket(new byte[600], 600);
            stranger.receive(answer);
            assertThat(text(answer)).startsWith("\0\5\0\5");
        }
        acknowledge(first.getSocketAddress(), 1);
        assertThat(text(receive())).startsWith("\0\3\0\2");
    }

    @Test
    void nothing_else_is_read_and_nothing_is_written() throws IOException {
        send(server.address(), request("../../etc/passwd", "octet"));
        assertThat(text(receive())).startsWith("\0\5\0\1");
        send(server.address(), request(FILE, "netascii"));
        assertThat(text(receive())).startsWith("\0\5\0\0");
        send(server.address(), HexFormat.of().parseHex("00026100006f6374657400"));
        assertThat(text(receive())).startsWith("\0\5\0\2");
        send(server.address(), HexFormat.of().parseHex("000161626364"));
        assertThat(text(receive())).startsWith("\0\5\0\4");
    }

    @Test
    void no_octets_whatever_are_more_than_malformed() {
        Random random = new Random(7);
        for (int round = 0; round < 200_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 1 && random.nextBoolean()) {
                bytes[0] = 0;
                bytes[1] = (byte) random.nextInt(7);
            }
            try {
                TftpPacket.parse(ByteBuffer.wrap(bytes));
            } catch (MalformedException e) {
                assertThat(e).hasMessageMatching("[ -~]+");
            }
        }
    }

    @Test
    void a_request_is_malformed_wherever_it_is_cut() {
        byte[] whole = request(FILE, "octet", "blksize", "1024");
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            if (length != "??undionly.kpxe?octet?".length()) {
                assertThatExceptionOfType(MalformedException.class)
                        .as("cut to %d", length)
                        .isThrownBy(() -> TftpPacket.parse(ByteBuffer.wrap(cut)));
            }
        }
    }

    private byte[] receiveFile(int blockSize) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int block = 1; ; block++) {
            DatagramPacket packet = receive();
            ByteBuffer bytes = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
            assertThat(bytes.getShort()).isEqualTo((short) 3);
            assertThat(bytes.getShort()).isEqualTo((short) block);
            file.write(packet.getData(), 4, packet.getLength() - 4);
            acknowledge(packet.getSocketAddress(), block);
            if (packet.getLength() - 4 < blockSize) {
                return file.toByteArray();
            }
        }
    }

    private static byte[] request(String... strings) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {0, 1});
        for (String string : strings) {
            bytes.writeBytes(string.getBytes(US_ASCII));
            bytes.write(0);
        }
        return bytes.toByteArray();
    }

    private void acknowledge(SocketAddress to, int block) throws IOException {
        send(to, new byte[] {0, 4, (byte) (block >> 8), (byte) block});
    }

    private void send(SocketAddress to, byte[] bytes) throws IOException {
        client.send(new DatagramPacket(bytes, bytes.length, to));
    }

    private DatagramPacket receive() throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        client.receive(packet);
        return packet;
    }

    /** Hears nothing, and at once. */
    private static final class SilentSocket extends DatagramSocket {

        private int sent;

        SilentSocket() throws SocketException {
            super(0, InetAddress.getLoopbackAddress());
        }

        @Override
        public void send(DatagramPacket packet) {
            sent++;
        }

        @Override
        public void receive(DatagramPacket packet) throws SocketTimeoutException {
            throw new SocketTimeoutException();
        }
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
    }
}
