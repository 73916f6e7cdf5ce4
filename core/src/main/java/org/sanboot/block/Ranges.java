package org.sanboot.block;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What all disks do alike with ranges of bytes. */
final class Ranges {

    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(128 << 10).asReadOnlyBuffer();

    private Ranges() {}

    static void check(BlockDevice device, long offset, long length) {
        if (offset < 0 || length < 0 || offset > device.size() - length) {
            throw new IllegalArgumentException(
                    "%d bytes at byte %d leave the disk, which has %d bytes.".formatted(length, offset, device.size()));
        }
    }

    static long roundUp(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }

    /** Returns a buffer of zeros, at most 128 KiB. */
    static ByteBuffer zeros(int length) {
        return ZEROS.duplicate().limit(length);
    }

    /** Fills the rest of a buffer with zeros. */
    static void fillWithZeros(ByteBuffer destination) {
        while (destination.hasRemaining()) {
            int count = Math.min(destination.remaining(), ZEROS.capacity());
            destination.put(destination.position(), ZEROS, 0, count);
            destination.position(destination.position() + count);
        }
    }

    /** Reads from a backing disk, which may be shorter than what stands on it: there, and without one, are zeros. */
    static void readBacking(@Nullable BlockDevice backing, long offset, ByteBuffer destination) {
        int limit = destination.limit();
        if (backing != null && offset < backing.size()) {
            int there = (int) Math.min(destination.remaining(), backing.size() - offset);
            destination.limit(destination.position() + there);
            try {
                backing.read(offset, destination);
            } finally {
                destination.limit(limit);
            }
        }
        fillWithZeros(destination);
    }

    /** Tells whether bytes are all zero; data that is not gives itself away within the first few, nearly always. */
    static boolean isZero(ByteBuffer buffer, int from, int length) {
        int position = from;
        int end = from + length;
        for (; position + Long.BYTES <= end; position += Long.BYTES) {
            if (buffer.getLong(position) != 0) {
                return false;
            }
        }
        for (; position < end; position++) {
            if (buffer.get(position) != 0) {
                return false;
            }
        }
        return true;
    }
}
