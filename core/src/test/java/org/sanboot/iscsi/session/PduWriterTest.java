package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sanboot.iscsi.pdu.LogoutResponse;
import org.sanboot.iscsi.session.PduWriter.Status;

class PduWriterTest {

    private ServerSocketChannel listener;
    private SocketChannel near;
    private SocketChannel far;
    private PduWriter writer;

    @BeforeEach
    void connect() throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        near = SocketChannel.open(listener.getLocalAddress());
        far = listener.accept();
        writer = new PduWriter(new Wire(near));
    }

    @AfterEach
    void disconnect() throws IOException {
        near.close();
        far.close();
        listener.close();
    }

    private void write(byte[] data) throws IOException {
        writer.write(Status.TAKES_NUMBER, numbers -> new LogoutResponse(0, 1, numbers), data);
    }

    @Test
    void small_pdus_go_out_together() throws IOException {
        write(new byte[3]);
        write(new byte[0]);
        assertThat(writer.hasUnsent()).isTrue();
        writer.flush();
        assertThat(writer.hasUnsent()).isFalse();
        ByteBuffer received = receive(48 + 4 + 48);
        assertThat(received.getInt(24)).isEqualTo(1);
        assertThat(received.getInt(52 + 24)).isEqualTo(2);
    }

    private ByteBuffer receive(int bytes) throws IOException {
        ByteBuffer received = ByteBuffer.allocate(bytes);
        while (received.hasRemaining()) {
            far.read(received);
        }
        return received;
    }

    @Test
    void large_data_goes_out_where_it_lies_with_its_header_before_it_and_its_padding_behind() throws IOException {
        write(new byte[1]);
        ByteBuffer around = ByteBuffer.allocate(PduWriter.HEADROOM + 20_000);
        around.put(PduWriter.HEADROOM, (byte) 7).put(PduWriter.HEADROOM + 9_998, (byte) 8);
        around.position(PduWriter.HEADROOM).limit(PduWriter.HEADROOM + 9_999);
        writer.writeAround(Status.SHOWS_NUMBER, numbers -> new LogoutResponse(0, 2, numbers), around);
        ByteBuffer received = receive(52 + 48 + 10_000);
        assertThat(received.getInt(16)).isEqualTo(1);
        assertThat(received.getInt(52 + 16)).isEqualTo(2);
        assertThat(received.getInt(52 + 4) & 0xFFFFFF).isEqualTo(9_999);
        assertThat(received.get(52 + 48)).isEqualTo((byte) 7);
        assertThat(received.get(52 + 48 + 9_998)).isEqualTo((byte) 8);
    }

    @Test
    void what_a_broken_wire_did_not_take_leaves_the_writer_closed() throws IOException {
        write(new byte[3]);
        near.close();
        assertThatThrownBy(() -> writer.flush()).isInstanceOf(ClosedChannelException.class);
        assertThat(writer.hasUnsent()).isFalse();
        assertThatThrownBy(() -> write(new byte[48])).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void nothing_is_written_once_the_connection_is_over() throws IOException {
        writer.close();
        assertThatThrownBy(() -> write(new byte[8])).isInstanceOf(IOException.class);
        assertThat(writer.hasUnsent()).isFalse();
    }
}
