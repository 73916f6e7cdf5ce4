package org.sanboot.iscsi;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;

/** A disk in a plain file, which remembers what of it was written, by 4 KiB. */
public final class FileBlockDevice implements BlockDevice {

    private static final int UNIT = 4096;

    private final FileChannel file;
    private final long size;
    private final boolean readOnly;
    private final BitSet mapped = new BitSet();

    private FileBlockDevice(FileChannel file, long size, boolean readOnly) {
        this.file = file;
        this.size = size;
        this.readOnly = readOnly;
    }

    /** Makes an empty disk. */
    public static FileBlockDevice blank(Path path, long size) throws IOException {
        FileChannel file =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        file.write(ByteBuffer.allocate(1), size - 1);
        return new FileBlockDevice(file, size, false);
    }

    /** Opens a raw image. */
    public static FileBlockDevice open(Path path, boolean readOnly) throws IOException {
        FileChannel file = readOnly
                ? FileChannel.open(path, StandardOpenOption.READ)
                : FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileBlockDevice device = new FileBlockDevice(file, Files.size(path), readOnly);
        device.mapped.set(0, Math.toIntExact(Files.size(path) / UNIT));
        return device;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return readOnly;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        check(offset, destination.remaining());
        try {
            long at = offset;
            while (destination.hasRemaining()) {
                int count = file.read(destination, at);
                if (count < 0) {
                    throw new BlockIoException(BlockIoException.Reason.MEDIUM, "Short read at " + at, null);
                }
                at += count;
            }
        } catch (IOException e) {
            throw new BlockIoException(BlockIoException.Reason.MEDIUM, "Read error at " + offset, e);
        }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        check(offset, source.remaining());
        if (readOnly) {
            throw new BlockIoException(BlockIoException.Reason.READ_ONLY, "The disk is read-only", null);
        }
        mark(offset, source.remaining(), true);
        try {
            long at = offset;
            while (source.hasRemaining()) {
                at += file.write(source, at);
            }
        } catch (IOException e) {
            throw new BlockIoException(BlockIoException.Reason.MEDIUM, "Write error at " + offset, e);
        }
    }

    @Override
    public void zero(long offset, long length) {
        ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(length, 1 << 20));
        for (long done = 0; done < length; done += zeros.limit()) {
            zeros.clear().limit((int) Math.min(zeros.capacity(), length - done));
            write(offset + done, zeros);
        }
        mark(offset, length, false);
    }

    private synchronized void mark(long offset, long length, boolean isMapped) {
        // What is written is mapped with all of its unit; what is zeroed is not, if the unit is whole.
        long first = isMapped ? offset / UNIT : (offset + UNIT - 1) / UNIT;
        long end = isMapped ? (offset + length + UNIT - 1) / UNIT : (offset + length) / UNIT;
        if (first < end && (!isMapped || mapped.nextClearBit((int) first) < end)) {
            mapped.set((int) first, (int) end, isMapped);
        }
    }

    @Override
    public void flush() {
        try {
            file.force(false);
        } catch (IOException e) {
            throw new BlockIoException(BlockIoException.Reason.MEDIUM, "Flush error", e);
        }
    }

    @Override
    public synchronized Extent extent(long offset) {
        int unit = (int) (offset / UNIT);
        boolean isMapped = mapped.get(unit);
        int next = isMapped ? mapped.nextClearBit(unit) : mapped.nextSetBit(unit);
        long end = next < 0 ? size : Math.min(size, (long) next * UNIT);
        return new Extent(end - offset, isMapped ? Extent.State.MAPPED : Extent.State.DEALLOCATED);
    }

    private void check(long offset, long length) {
        if (offset < 0 || length > size - offset) {
            throw new IllegalArgumentException("The range leaves the device");
        }
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
