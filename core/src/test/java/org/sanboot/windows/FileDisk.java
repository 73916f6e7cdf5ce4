package org.sanboot.windows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.sanboot.block.BlockDevice;

/** A raw image file as a disk; it counts its writes, and may fail after some of them as a killed program would. */
public final class FileDisk implements BlockDevice {

    private final FileChannel channel;
    private final boolean readOnly;
    private final AtomicInteger writes = new AtomicInteger();
    private int writesAllowed = Integer.MAX_VALUE;

    public FileDisk(Path file) {
        this(file, false);
    }

    public FileDisk(Path file, boolean readOnly) {
        this.readOnly = readOnly;
        try {
            channel = readOnly
                    ? FileChannel.open(file, StandardOpenOption.READ)
                    : FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void failAfterWrites(int count) {
        writesAllowed = count;
    }

    int writes() {
        return writes.get();
    }

    @Override
    public long size() {
        try {
            return channel.size() / 512 * 512;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        try {
            for (long at = offset; destination.hasRemaining(); ) {
                int read = channel.read(destination, at);
                if (read < 0) {
                    throw new IllegalArgumentException("beyond the end");
                }
                at += read;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        if (writes.incrementAndGet() > writesAllowed) {
            throw new IllegalStateException("killed");
        }
        try {
            channel.write(source, offset);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void zero(long offset, long length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void flush() {}

    @Override
    public Extent extent(long offset) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
