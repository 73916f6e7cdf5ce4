package org.sanboot.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sanboot.iscsi.pdu.LogoutResponse;
import org.sanboot.iscsi.session.PduWriter.Status;

class PduWriterTest {

    private final BufferPool pool = new BufferPool(2);
    private ServerSocketChannel listener;
    private SocketChannel near;
    private SocketChannel far;
    private PduWriter writer;

    @BeforeEach
    void connect() throws IOException {
        listener = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        near = SocketChannel.open(listener.getLocalAddress());
        far = listener.accept();
        writer = new PduWriter(new Wire(near), pool);
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
    void small_pdus_go_out_together_and_their_buffer_is_given_back() throws IOException {
        write(new byte[3]);
        write(new byte[0]);
        assertThat(pool.inUse()).isEqualTo(1);
        writer.flush();
        assertThat(pool.inUse()).isZero();
        ByteBuffer received = ByteBuffer.allocate(1000);
        while (received.position() < 48 + 4 + 48) {
            far.read(received);
        }
        assertThat(received.getInt(24)).isEqualTo(1);
        assertThat(received.getInt(52 + 24)).isEqualTo(2);
    }

    /** Found by fuzzing: a worker that answered after the end of the connection kept a buffer for ever. */
    @Test
    void a_late_answer_takes_no_buffer() throws IOException {
        write(new byte[8]);
        near.close();
        assertThatThrownBy(writer::flush).isInstanceOf(IOException.class);
        writer.close();
        assertThat(pool.inUse()).isZero();
        assertThatThrownBy(() -> write(new byte[8])).isInstanceOf(IOException.class);
        assertThat(pool.inUse()).isZero();
    }
}
