package org.sanboot.cli;

import java.nio.ByteBuffer;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;
import org.sanboot.block.BlockIoException.Reason;

/** A disk behind a write-protect tab. */
record ReadOnlyDisk(BlockDevice disk) implements BlockDevice {

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public boolean isReadOnly() {
        return true;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        disk.read(offset, destination);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        throw refused();
    }

    @Override
    public void zero(long offset, long length) {
        throw refused();
    }

    private static BlockIoException refused() {
        return new BlockIoException(Reason.READ_ONLY, "The disk is served read-only.", null);
    }

    @Override
    public void flush() {
        disk.flush();
    }

    @Override
    public Extent extent(long offset) {
        return disk.extent(offset);
    }

    @Override
    public Extent extent(long offset, long length) {
        return disk.extent(offset, length);
    }

    @Override
    public void close() {
        disk.close();
    }
}
