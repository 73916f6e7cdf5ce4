package org.sanboot.iscsi.session;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct buffers for what is on its way between a wire and a disk.
 *
 * <p>Nobody ever waits here: how many there can be is bounded where commands are taken ({@link ReceiveRoom} for what comes
 * in, {@link DeviceServer}'s slots for what goes out). A few that nobody uses are kept.
 */
final class BufferPool {

    /** The longest data segment either way. */
    static final int LONGEST_SEGMENT = 262_144;

    /** Room for the longest segment with its padding and digest. */
    static final int BUFFER_SIZE = LONGEST_SEGMENT + 4096;

    private final int kept;
    private final ArrayDeque<ByteBuffer> free = new ArrayDeque<>();
    private int inUse;

    BufferPool(int kept) {
        this.kept = kept;
    }

    /**
     * Takes a buffer of {@link #BUFFER_SIZE}.
     *
     * @throws OutOfMemoryError when the JVM allows for no more direct memory
     */
    ByteBuffer acquire() {
        ByteBuffer buffer;
        synchronized (this) {
            buffer = free.poll();
            inUse++;
        }
        if (buffer != null) {
            return buffer;
        }
        try {
            return ByteBuffer.allocateDirect(BUFFER_SIZE);
        } catch (OutOfMemoryError e) {
            synchronized (this) {
                inUse--;
            }
            throw e;
        }
    }

    synchronized void release(ByteBuffer buffer) {
        inUse--;
        if (free.size() < kept) {
            // The one used last is the one that is still in a processor's cache.
            free.push(buffer.clear());
        }
    }

    /** Returns how many buffers are in use. */
    synchronized int inUse() {
        return inUse;
    }
}
