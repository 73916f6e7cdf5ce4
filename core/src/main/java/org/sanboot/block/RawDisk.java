package org.sanboot.block;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice.Extent.State;
import org.sanboot.block.BlockIoException.Reason;

/**
 * A disk that lies byte for byte in a file, a golden image above all, and that is never written: the file is opened for
 * reading only.
 *
 * <p>A file that ends within a sector stands for a disk that is rounded up to the whole sector of 512 bytes, as QEMU
 * does it; the missing bytes read as zeros.
 */
public final class RawDisk implements Layer {

    private static final int SECTOR = 512;

    private final PositionalFile file;
    private final long length;
    private final long size;

    private RawDisk(PositionalFile file, long length) {
        this.file = file;
        this.length = length;
        this.size = Ranges.roundUp(length, SECTOR);
    }

    /**
     * Opens a disk.
     *
     * @param path the file
     * @return the disk, to be closed
     * @throws ConfigurationException when the file is missing, unreadable or empty
     */
    public static RawDisk open(Path path) {
        PositionalFile file = PositionalFile.openForReading(path);
        long length = file.size();
        if (length == 0) {
            file.close();
            throw new ConfigurationException("Disk file " + path + " is empty.");
        }
        return new RawDisk(file, length);
    }

    @Override
    public Path path() {
        return file.path();
    }

    @Override
    public DiskFormat format() {
        return DiskFormat.RAW;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        Ranges.check(this, offset, destination.remaining());
        if (offset + destination.remaining() <= length) {
            file.read(offset, destination);
            return;
        }
        int limit = destination.limit();
        destination.limit(destination.position() + (int) Math.max(0, length - offset));
        try {
            file.read(offset, destination);
        } finally {
            destination.limit(limit);
        }
        Ranges.fillWithZeros(destination);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        throw readOnly();
    }

    @Override
    public void zero(long offset, long count) {
        throw readOnly();
    }

    private BlockIoException readOnly() {
        return new BlockIoException(Reason.READ_ONLY, "Disk file " + path() + " is never written.", null);
    }

    @Override
    public void flush() {
        // Nothing is ever written.
    }

    /** {@inheritDoc} Everything counts as data: Java cannot ask for the holes of a file. */
    @Override
    public Extent extent(long offset) {
        Ranges.check(this, offset, 1);
        return new Extent(size - offset, State.MAPPED);
    }

    @Override
    public void close() {
        file.close();
    }
}
