package org.sanboot.block;

import java.nio.ByteBuffer;

/**
 * A disk of fixed size that many threads may read and write at once.
 *
 * <p>Offsets and lengths are in bytes and need no alignment, but a range that leaves the device is an
 * {@link IllegalArgumentException}. Two overlapping writes that run at the same time leave either's data, block by
 * block, as on a real disk.
 */
public interface BlockDevice extends AutoCloseable {

    /**
     * Returns the size.
     *
     * @return bytes, a multiple of 512
     */
    long size();

    /**
     * Tells whether writes are refused.
     *
     * @return true when every write fails with {@link BlockIoException.Reason#READ_ONLY}
     */
    boolean isReadOnly();

    /**
     * Fills the rest of the buffer.
     *
     * @param offset where to start, in bytes
     * @param destination receives {@code remaining()} bytes; its position is its limit afterwards
     * @throws BlockIoException when the medium cannot be read
     */
    void read(long offset, ByteBuffer destination);

    /**
     * Writes the rest of the buffer.
     *
     * @param offset where to start, in bytes
     * @param source {@code remaining()} bytes; its position is its limit afterwards
     * @throws BlockIoException when the medium cannot be written
     */
    void write(long offset, ByteBuffer source);

    /**
     * Makes the range read as zeros and gives its space back where that is possible, at sub-cluster granularity.
     *
     * @param offset where to start, in bytes
     * @param length how many bytes
     * @throws BlockIoException when the medium cannot be written
     */
    void zero(long offset, long length);

    /**
     * Returns once every write that completed before this call survives what the device promises to survive.
     *
     * @throws BlockIoException when the medium cannot be written
     */
    void flush();

    /**
     * Does what {@link #flush()} does, at least for the writes to one range.
     *
     * @param offset where to start, in bytes
     * @param length how many bytes
     * @throws BlockIoException when the medium cannot be written
     */
    default void flush(long offset, long length) {
        flush();
    }

    /**
     * Describes the run of equal allocation that starts at an offset, as GET LBA STATUS (SBC-4 5.6) needs it.
     *
     * @param offset where to start, in bytes, less than {@link #size()}
     * @return the state there, and how far it reaches
     */
    Extent extent(long offset);

    /**
     * Does what {@link #extent(long)} does, and looks no further than it is asked to.
     *
     * @param offset where to start, in bytes, less than {@link #size()}
     * @param length how far to look, in bytes, at least 1
     * @return the state there, and how far it reaches, at most {@code length}
     */
    default Extent extent(long offset, long length) {
        Extent whole = extent(offset);
        return new Extent(Math.min(length, whole.length()), whole.state());
    }

    /** Closes the device; further use is an {@link IllegalStateException}. Closing again does nothing. */
    @Override
    void close();

    /**
     * A run of bytes of one allocation state.
     *
     * @param length how many bytes, at least 1
     * @param state what backs them
     */
    record Extent(long length, State state) {

        /** What backs a run of bytes. */
        public enum State {
            /** Data is stored. */
            MAPPED,
            /** Nothing is stored; the run reads as zeros. */
            DEALLOCATED
        }
    }
}
