package org.sanboot.iscsi.session;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A data segment that came: a part of the connection's receive buffer, valid until the next PDU is read, or a buffer of its
 * own. Closed once by whoever has it.
 */
final class Segment implements AutoCloseable {

    private ByteBuffer data;
    private @Nullable ByteBuffer pooled;
    private final BufferPool pool;
    private boolean borrowed;

    private Segment(ByteBuffer data, @Nullable ByteBuffer pooled, BufferPool pool) {
        this.data = data;
        this.pooled = pooled;
        this.pool = pool;
        this.borrowed = pooled == null;
    }

    /** Makes a segment that lies in a receive buffer. */
    static Segment borrowed(ByteBuffer data, BufferPool pool) {
        return new Segment(data, null, pool);
    }

    /** Makes a segment that lies in a buffer of the pool. */
    static Segment owned(ByteBuffer data, ByteBuffer pooled, BufferPool pool) {
        return new Segment(data, pooled, pool);
    }

    ByteBuffer data() {
        return data;
    }

    /** Makes it outlive the next PDU. */
    void keep() {
        if (borrowed) {
            borrowed = false;
            data = ByteBuffer.allocate(data.remaining()).put(data).flip();
        }
    }

    @Override
    public void close() {
        ByteBuffer buffer = pooled;
        if (buffer != null) {
            pooled = null;
            pool.release(buffer);
        }
    }
}
