package org.sanboot.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;

/** A file on a disk that fails at times, as QEMU's blkdebug has it: by what the host says, and with writes that end early. */
final class FaultyChannel extends FileChannel {

    private static final String[] WRITE_ERRORS = {"Input/output error", "No space left on device", "Disk quota exceeded"
    };

    private static final int SECTOR = 512;

    /** When a file fails, and by what. */
    static final class Plan implements PositionalFile.Opener {

        private final Random random;
        private int oneIn;
        private int failures;

        Plan(long seed) {
            random = new Random(seed);
        }

        /** Fails one operation in so many; 0 for none. */
        synchronized void failOneIn(int operations) {
            oneIn = operations;
        }

        synchronized int failures() {
            return failures;
        }

        private synchronized boolean fails() {
            boolean now = oneIn > 0 && random.nextInt(oneIn) == 0;
            failures += now ? 1 : 0;
            return now;
        }

        private synchronized int below(int bound) {
            return random.nextInt(bound);
        }

        @Override
        public FileChannel open(Path path, Set<? extends OpenOption> options) throws IOException {
            return new FaultyChannel(FileChannel.open(path, options), this);
        }
    }

    private final FileChannel file;
    private final Plan plan;

    private FaultyChannel(FileChannel file, Plan plan) {
        this.file = file;
        this.plan = plan;
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        if (plan.fails()) {
            throw new IOException("Input/output error");
        }
        return file.read(target, position);
    }

    /** A write that fails has written some of its sectors; what fits into one sector is written or not. */
    @Override
    public int write(ByteBuffer source, long position) throws IOException {
        if (!plan.fails()) {
            return file.write(source, position);
        }
        int sectors = source.remaining() / SECTOR;
        if (sectors > 1) {
            ByteBuffer part = source.slice(source.position(), plan.below(sectors) * SECTOR);
            while (part.hasRemaining()) {
                file.write(part, position + part.position());
            }
        }
        throw new IOException(WRITE_ERRORS[plan.below(WRITE_ERRORS.length)]);
    }

    @Override
    public void force(boolean metaData) throws IOException {
        if (plan.fails()) {
            throw new IOException("Input/output error");
        }
        file.force(metaData);
    }

    @Override
    public long size() throws IOException {
        return file.size();
    }

    @Override
    protected void implCloseChannel() throws IOException {
        file.close();
    }

    private static UnsupportedOperationException unused() {
        return new UnsupportedOperationException("PositionalFile does not use this");
    }

    @Override
    public int read(ByteBuffer target) {
        throw unused();
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) {
        throw unused();
    }

    @Override
    public int write(ByteBuffer source) {
        throw unused();
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw unused();
    }

    @Override
    public long position() {
        throw unused();
    }

    @Override
    public FileChannel position(long newPosition) {
        throw unused();
    }

    @Override
    public FileChannel truncate(long size) {
        throw unused();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) {
        throw unused();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw unused();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) {
        throw unused();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) {
        throw unused();
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) {
        throw unused();
    }
}
