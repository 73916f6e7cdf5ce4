package org.sanboot.windows.structure;

import java.nio.ByteBuffer;
import org.sanboot.block.BlockDevice;

/** Bytes that can be read and overwritten in place: a disk, a partition, a file in a file system. */
public interface Medium {

    /**
     * Returns the size.
     *
     * @return bytes
     */
    long size();

    /**
     * Fills the rest of the buffer.
     *
     * @param offset where to start, in bytes
     * @param destination receives {@code remaining()} bytes
     * @throws org.sanboot.InfrastructureException when the range leaves the medium or cannot be read
     */
    void read(long offset, ByteBuffer destination);

    /**
     * Overwrites with the rest of the buffer.
     *
     * @param offset where to start, in bytes
     * @param source {@code remaining()} bytes
     * @throws org.sanboot.InfrastructureException when the range leaves the medium or cannot be written in place
     */
    void write(long offset, ByteBuffer source);

    /**
     * Reads a structure.
     *
     * @param name what it is called in messages
     * @param offset where it starts, in bytes
     * @param length in bytes; the caller bounds it
     * @return the structure
     */
    default Structure read(String name, long offset, int length) {
        requireInside(name, offset, length);
        byte[] bytes = new byte[length];
        read(offset, ByteBuffer.wrap(bytes));
        return new Structure(name, bytes);
    }

    /**
     * Refuses a range that leaves the medium.
     *
     * @param name what is to be read there
     * @param offset in bytes
     * @param length in bytes
     */
    default void requireInside(String name, long offset, long length) {
        if (offset < 0 || length < 0 || offset > size() - length) {
            throw Structure.damaged(
                    name, "%d bytes at %d lie outside of the %d bytes there are".formatted(length, offset, size()));
        }
    }

    /**
     * Compares the contents.
     *
     * @param other whose bytes may be the same
     * @return true when size and bytes are equal
     */
    default boolean hasContentsOf(Medium other) {
        int most = 1 << 16;
        boolean equal = size() == other.size();
        for (long at = 0; equal && at < size(); at += most) {
            int length = (int) Math.min(most, size() - at);
            ByteBuffer mine = ByteBuffer.allocate(length);
            ByteBuffer theirs = ByteBuffer.allocate(length);
            read(at, mine);
            other.read(at, theirs);
            equal = mine.flip().equals(theirs.flip());
        }
        return equal;
    }

    /**
     * Views a part.
     *
     * @param name what it is called in messages
     * @param start in bytes
     * @param length in bytes
     * @return the part, with offsets of its own
     */
    default Medium part(String name, long start, long length) {
        requireInside(name, start, length);
        Medium whole = this;
        return new Medium() {
            @Override
            public long size() {
                return length;
            }

            @Override
            public void read(long offset, ByteBuffer destination) {
                requireInside(name, offset, destination.remaining());
                whole.read(start + offset, destination);
            }

            @Override
            public void write(long offset, ByteBuffer source) {
                requireInside(name, offset, source.remaining());
                whole.write(start + offset, source);
            }
        };
    }

    /**
     * Views a disk.
     *
     * @param device stays its owner's to close
     * @return the whole of it
     */
    static Medium of(BlockDevice device) {
        return new Medium() {
            @Override
            public long size() {
                return device.size();
            }

            @Override
            public void read(long offset, ByteBuffer destination) {
                requireInside("The disk", offset, destination.remaining());
                device.read(offset, destination);
            }

            @Override
            public void write(long offset, ByteBuffer source) {
                requireInside("The disk", offset, source.remaining());
                device.write(offset, source);
            }
        };
    }
}
