package org.sanboot.iscsi.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Direct buffers that connections take while they move data, and give back when they wait.
 *
 * <p>Their number is limited, so memory stays bounded whatever initiators ask for. Nobody waits for a buffer while holding
 * another, so the wait always ends.
 */
final class BufferPool {

    /** The longest data segment either way. */
    static final int LONGEST_SEGMENT = 262_144;

    /** Room for the longest segment, its header, and small PDUs that go with it. */
    static final int BUFFER_SIZE = LONGEST_SEGMENT + 16_384;

    private static final long PATIENCE_SECONDS = 30;

    private final int limit;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition returned = lock.newCondition();
    private int allocated;

    BufferPool(int limit) {
        this.limit = limit;
    }

    ByteBuffer acquire() throws IOException {
        lock.lock();
        try {
            long patience = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (free.isEmpty() && allocated >= limit) {
                if (patience <= 0) {
                    throw new IOException("All " + limit + " buffers were busy for " + PATIENCE_SECONDS + " s");
                }
                patience = returned.awaitNanos(patience);
            }
            if (!free.isEmpty()) {
                return free.pop();
            }
            allocated++;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while waiting for a buffer", e);
        } finally {
            lock.unlock();
        }
        return ByteBuffer.allocateDirect(BUFFER_SIZE);
    }

    void release(ByteBuffer buffer) {
        lock.lock();
        try {
            // The one used last is the one that is still in a processor's cache.
            free.push(buffer.clear());
            returned.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many buffers are in use. */
    int inUse() {
        lock.lock();
        try {
            return allocated - free.size();
        } finally {
            lock.unlock();
        }
    }
}
