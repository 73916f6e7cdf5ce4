package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.sanboot.iscsi.pdu.BasicHeader;
import org.sanboot.iscsi.pdu.Digest;
import org.sanboot.iscsi.pdu.InitiatorPdu;
import org.sanboot.iscsi.pdu.ProtocolException;
import org.sanboot.iscsi.pdu.RejectReason;

/**
 * Reads PDUs from a connection. Used by the thread that has the {@link ReaderRole}.
 *
 * <p>A small data segment is handed out where it lies in the receive buffer; a large one goes from the socket into a
 * buffer of its own.
 */
final class PduReader {

    /** What a login needs: a header and 8 KiB of text (RFC 7143 13.12); an unauthenticated peer gets no more. */
    private static final int LOGIN_BUFFER = 12_288;

    private static final int LOGIN_SEGMENT = 8192;
    private static final int FULL_FEATURE_BUFFER = 65_536;

    /** Where all PDUs of an initiator have it. */
    private static final int EXP_STAT_SN = 28;

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
    private int expStatSN;

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
        replaceBuffer();
    }

    /** Leaves the receive buffer to a thread that still uses data in it, and goes on with another. */
    void replaceBuffer() {
        in = ByteBuffer.allocateDirect(FULL_FEATURE_BUFFER).put(in).flip();
    }

    /**
     * Waits for the next PDU; a data segment that nobody took is skipped.
     *
     * @throws ProtocolException when it is not a PDU that an initiator sends
     */
    InitiatorPdu next() throws IOException {
        if (dataPending) {
            skip();
        }
        wire.pduIsComplete();
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
        expStatSN = in.getInt(in.position() + EXP_STAT_SN);
        in.position(in.position() + length + (headerDigest ? Digest.LENGTH : 0));
        dataPending = dataLength > 0;
        return pdu;
    }

    /** Returns the length of the data segment of the PDU read last, in bytes. */
    int dataLength() {
        return dataLength;
    }

    /** Returns which status number the initiator expects next, as the PDU read last says. */
    int expStatSN() {
        return expStatSN;
    }

    private int totalLength() {
        return dataLength + BasicHeader.padding(dataLength) + (dataDigest ? Digest.LENGTH : 0);
    }

    /**
     * Returns the data segment of the PDU read last, for the caller to close; a small one lies in the receive buffer, and is
     * valid until the next PDU is read.
     *
     * @throws DataDigestException when it came damaged
     */
    Segment segment() throws IOException {
        if (!dataPending) {
            return Segment.borrowed(ByteBuffer.allocate(0), pool);
        }
        dataPending = false;
        int total = totalLength();
        if (total <= in.capacity()) {
            fill(total, true);
            ByteBuffer segment = in.slice(in.position(), total);
            in.position(in.position() + total);
            checkDigest(segment);
            return Segment.borrowed(segment.limit(dataLength), pool);
        }
        ByteBuffer buffer = pool.acquire();
        boolean complete = false;
        try {
            readAside(buffer.limit(total));
            ByteBuffer segment = buffer.flip();
            checkDigest(segment);
            complete = true;
            return Segment.owned(segment.limit(dataLength), buffer, pool);
        } finally {
            if (!complete) {
                pool.release(buffer);
            }
        }
    }

    private void checkDigest(ByteBuffer segment) throws IOException {
        int padded = dataLength + BasicHeader.padding(dataLength);
        if (dataDigest && digest.of(segment, 0, padded) != segment.getInt(padded)) {
            throw new DataDigestException();
        }
    }

    /** Returns the data segment of the PDU read last as bytes of their own. */
    byte[] dataBytes() throws IOException {
        try (Segment segment = segment()) {
            byte[] bytes = new byte[segment.data().remaining()];
            segment.data().get(bytes);
            return bytes;
        }
    }

    /** Drops the data segment of the PDU read last, whose length it returns. */
    int skip() throws IOException {
        int left = dataPending ? totalLength() : 0;
        dataPending = false;
        while (left > 0) {
            fill(1, true);
            int count = Math.min(left, in.remaining());
            in.position(in.position() + count);
            left -= count;
        }
        return dataLength;
    }

    private void readAside(ByteBuffer buffer) throws IOException {
        buffer.put(in);
        in.clear().limit(0);
        while (buffer.hasRemaining()) {
            if (writer.hasUnsent()) {
                writer.flush();
            }
            wire.read(buffer, true);
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

    /** A data segment came damaged (RFC 7143 7.8). */
    static final class DataDigestException extends IOException {
        DataDigestException() {
            super("Data digest error");
        }
    }
}
