package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;
import org.sanboot.block.BlockIoException.Reason;

/** A disk whose every failure is a {@link BlockIoException}, so that none of them ends a connection. */
record GuardedDevice(BlockDevice disk) implements BlockDevice {

    private <T> T guard(String action, Supplier<T> call) {
        try {
            return call.get();
        } catch (BlockIoException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new BlockIoException(Reason.INTERNAL, "The disk failed to %s: %s.".formatted(action, e), e);
        }
    }

    private void guard(String action, Runnable call) {
        guard(action, () -> {
            call.run();
            return true;
        });
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public boolean isReadOnly() {
        return disk.isReadOnly();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        guard("read", () -> disk.read(offset, destination));
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        guard("write", () -> disk.write(offset, source));
    }

    @Override
    public void zero(long offset, long length) {
        guard("zero a range", () -> disk.zero(offset, length));
    }

    @Override
    public void flush() {
        guard("flush", () -> disk.flush());
    }

    @Override
    public void flush(long offset, long length) {
        guard("flush", () -> disk.flush(offset, length));
    }

    @Override
    public Extent extent(long offset) {
        return guard("tell what is allocated", () -> disk.extent(offset));
    }

    @Override
    public Extent extent(long offset, long length) {
        return guard("tell what is allocated", () -> disk.extent(offset, length));
    }

    @Override
    public void close() {
        disk.close();
    }
}
