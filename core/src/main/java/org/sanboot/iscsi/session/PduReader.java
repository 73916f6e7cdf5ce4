package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.Digest;
import org.sanboot.iscsi.pdu.InitiatorPdu;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.RejectReason;

/**
 * Reads PDUs from a connection. Used by the connection's thread only.
 *
 * <p>A small data segment is handed out where it lies in the receive buffer; a large one goes from the socket into a
 * pooled buffer, which is given back with the next PDU.
 */
final class PduReader {

    /** What a login needs: a header and 8 KiB of text (RFC 7143 13.12); an unauthenticated peer gets no more. */
    private static final int LOGIN_BUFFER = 12_288;

    private static final int LOGIN_SEGMENT = 8192;
    private static final int FULL_FEATURE_BUFFER = 65_536;

    private final Wire wire;
    private final PduWriter writer;
    private final BufferPool pool;
    private final Digest digest = new Digest();

    private ByteBuffer in = ByteBuffer.allocateDirect(LOGIN_BUFFER).limit(0);
    private int longestSegment = LOGIN_SEGMENT;
    private boolean headerDigest;
    private boolean dataDigest;
    private int dataLength;
    private boolean dataPending;
    private @Nullable ByteBuffer borrowed;

    PduReader(Wire wire, PduWriter writer, BufferPool pool) {
        this.wire = wire;
        this.writer = writer;
        this.pool = pool;
    }

    /** Goes on as was agreed in the login. */
    void enterFullFeaturePhase(boolean withHeaderDigest, boolean withDataDigest) {
        headerDigest = withHeaderDigest;
        dataDigest = withDataDigest;
        longestSegment = BufferPool.LONGEST_SEGMENT;
        in = ByteBuffer.allocateDirect(FULL_FEATURE_BUFFER).put(in).flip();
    }

    /**
     * Waits for the next PDU; a data segment that nobody took is skipped.
     *
     * @throws ProtocolException when it is not a PDU that an initiator sends
     */
    InitiatorPdu next() throws IOException {
        if (dataPending) {
            data();
        }
        giveBack();
        fill(BasicHeader.LENGTH, false);
        int length = BasicHeader.LENGTH + BasicHeader.totalAdditionalHeaderLength(in);
        fill(length + (headerDigest ? Digest.LENGTH : 0), true);
        if (headerDigest && digest.of(in, in.position(), length) != in.getInt(in.position() + length)) {
            // Nothing in the header can be trusted, not even its length (RFC 7143 7.7).
            throw new IOException("Header digest error");
        }
        dataLength = BasicHeader.dataSegmentLength(in);
        if (dataLength > longestSegment) {
            throw new ProtocolException(
                    RejectReason.INVALID_PDU_FIELD, "A data segment of " + dataLength + " bytes is too long");
        }
        InitiatorPdu pdu = InitiatorPdu.parse(in);
        in.position(in.position() + length + (headerDigest ? Digest.LENGTH : 0));
        dataPending = dataLength > 0;
        return pdu;
    }

    /** Returns the length of the data segment of the PDU read last, in bytes. */
    int dataLength() {
        return dataLength;
    }

    /**
     * Returns the data segment of the PDU read last, which is valid until the next one is read.
     *
     * @throws DataDigestException when it came damaged
     */
    ByteBuffer data() throws IOException {
        if (!dataPending) {
            return ByteBuffer.allocate(0);
        }
        dataPending = false;
        int padded = dataLength + BasicHeader.padding(dataLength);
        int total = padded + (dataDigest ? Digest.LENGTH : 0);
        ByteBuffer segment;
        if (total <= in.capacity()) {
            fill(total, true);
            segment = in.slice(in.position(), total);
            in.position(in.position() + total);
        } else {
            segment = readAside(total);
        }
        if (dataDigest && digest.of(segment, 0, padded) != segment.getInt(padded)) {
            throw new DataDigestException();
        }
        return segment.limit(dataLength);
    }

    byte[] dataBytes() throws IOException {
        ByteBuffer data = data();
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        return bytes;
    }

    private ByteBuffer readAside(int total) throws IOException {
        // Not while holding a buffer for output: see BufferPool.
        writer.flush();
        ByteBuffer buffer = pool.acquire().limit(total);
        borrowed = buffer;
        buffer.put(in);
        in.clear().limit(0);
        while (buffer.hasRemaining()) {
            wire.read(buffer, true);
        }
        return buffer.flip().slice();
    }

    private void giveBack() {
        ByteBuffer buffer = borrowed;
        if (buffer != null) {
            borrowed = null;
            pool.release(buffer);
        }
    }

    /** Makes sure that so many bytes are in the buffer, from its position on. */
    private void fill(int needed, boolean midPdu) throws IOException {
        if (in.remaining() >= needed) {
            return;
        }
        if (in.capacity() - in.position() < needed || !in.hasRemaining()) {
            in.compact().flip();
        }
        while (in.remaining() < needed) {
            // Answers go out before this thread waits.
            writer.flush();
            int position = in.position();
            in.position(in.limit()).limit(in.capacity());
            try {
                wire.read(in, midPdu || in.position() > position);
            } finally {
                in.limit(in.position()).position(position);
            }
        }
    }

    void close() {
        giveBack();
    }

    /** A data segment came damaged (RFC 7143 7.8). */
    static final class DataDigestException extends IOException {
        DataDigestException() {
            super("Data digest error");
        }
    }
}
