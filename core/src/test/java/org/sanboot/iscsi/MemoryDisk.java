package org.sanboot.iscsi;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;

/** A disk in memory that can be told to fail, or to hold what comes until it is let go. */
public final class MemoryDisk implements BlockDevice {

    private final byte[] bytes;
    private final boolean readOnly;
    private final AtomicInteger busy = new AtomicInteger();
    private volatile BlockIoException.Reason failure;
    private volatile RuntimeException defect;
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile Set<Access> held = Set.of();
    private final AtomicInteger waiting = new AtomicInteger();
    private volatile boolean closed;

    public MemoryDisk(int size) {
        this(size, false);
    }

    public MemoryDisk(int size, boolean readOnly) {
        this.bytes = new byte[size];
        this.readOnly = readOnly;
    }

    /** Fails everything from now on; null for no more. */
    public void failWith(BlockIoException.Reason reason) {
        failure = reason;
    }

    /** Breaks in a way that no disk should, from now on or, with null, no more. */
    public void breakWith(RuntimeException exception) {
        defect = exception;
    }

    /** What can be held. */
    public enum Access {
        READ,
        WRITE,
        ZERO,
        FLUSH
    }

    /** Holds accesses until {@link #release}. */
    public void hold(Access... accesses) {
        gate = new CountDownLatch(1);
        held = Set.of(accesses);
    }

    /** Waits until so many accesses are held. */
    public void awaitHeld(int count) {
        Awaitility.await("accesses inside the disk")
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(() -> waiting.get() >= count);
    }

    public void release() {
        held = Set.of();
        gate.countDown();
    }

    public void holdFlushes() {
        hold(Access.FLUSH);
    }

    public void awaitHeldFlush() {
        awaitHeld(1);
    }

    public void releaseFlushes() {
        release();
    }

    private void pass(Access access) {
        if (!held.contains(access)) {
            return;
        }
        waiting.incrementAndGet();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError("Nobody may interrupt a thread inside a disk", e);
        } finally {
            waiting.decrementAndGet();
        }
    }

    public byte[] bytes() {
        return bytes;
    }

    /** How many calls are inside the disk. */
    public int busy() {
        return busy.get();
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    private void enter(long offset, long length) {
        if (closed) {
            throw new IllegalStateException("The disk is closed");
        }
        if (offset < 0 || length > bytes.length - offset) {
            throw new IllegalArgumentException("The range leaves the disk");
        }
        BlockIoException.Reason reason = failure;
        if (reason != null) {
            throw new BlockIoException(reason, "The disk was told to fail", null);
        }
        RuntimeException broken = defect;
        if (broken != null) {
            throw broken;
        }
        busy.incrementAndGet();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        enter(offset, destination.remaining());
        pass(Access.READ);
        destination.put(bytes, (int) offset, destination.remaining());
        busy.decrementAndGet();
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        enter(offset, source.remaining());
        pass(Access.WRITE);
        source.get(bytes, (int) offset, source.remaining());
        busy.decrementAndGet();
    }

    @Override
    public void zero(long offset, long length) {
        enter(offset, length);
        pass(Access.ZERO);
        java.util.Arrays.fill(bytes, (int) offset, (int) (offset + length), (byte) 0);
        busy.decrementAndGet();
    }

    @Override
    public void flush() {
        enter(0, 0);
        pass(Access.FLUSH);
        busy.decrementAndGet();
    }

    @Override
    public Extent extent(long offset) {
        enter(offset, 0);
        busy.decrementAndGet();
        return new Extent(bytes.length - offset, Extent.State.MAPPED);
    }

    @Override
    public void close() {
        closed = true;
    }
}
