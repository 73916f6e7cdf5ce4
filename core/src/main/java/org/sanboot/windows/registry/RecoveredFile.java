package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;

/** A hive with the newer pages of its logs laid over it; holds where they are, not what is in them. */
final class RecoveredFile implements Medium {

    private static final int MOST_AT_ONCE = 1 << 16;

    private record Piece(long end, Medium source, long sourceOffset) {}

    private final String name;
    private final Medium original;
    private final TreeMap<Long, Piece> pieces = new TreeMap<>();
    private long size;

    RecoveredFile(String name, Medium original) {
        this.name = name;
        this.original = original;
        this.size = original.size();
    }

    @Override
    public long size() {
        return size;
    }

    void growTo(long atLeast) {
        size = Math.max(size, atLeast);
    }

    /** Covers a range with the bytes that stand at an offset of another file. */
    void cover(long offset, long length, Medium source, long sourceOffset) {
        requireInside(name, offset, length);
        long end = offset + length;
        splitAt(offset);
        splitAt(end);
        pieces.subMap(offset, end).clear();
        pieces.put(offset, new Piece(end, source, sourceOffset));
    }

    private void splitAt(long offset) {
        Map.Entry<Long, Piece> before = pieces.lowerEntry(offset);
        if (before != null && before.getValue().end() > offset) {
            Piece whole = before.getValue();
            pieces.put(before.getKey(), new Piece(offset, whole.source(), whole.sourceOffset()));
            pieces.put(offset, new Piece(whole.end(), whole.source(), whole.sourceOffset() + offset - before.getKey()));
        }
    }

    /** Where the file has grown and no page covers it, it reads as zeros, as it would on a disk. */
    @Override
    public void read(long offset, ByteBuffer destination) {
        requireInside(name, offset, destination.remaining());
        for (long at = offset; destination.hasRemaining(); ) {
            Map.Entry<Long, Piece> covering = pieces.floorEntry(at);
            boolean covered = covering != null && covering.getValue().end() > at;
            Long next = pieces.higherKey(at);
            long end = covered ? covering.getValue().end() : next == null ? size : next;
            if (!covered && at < original.size()) {
                end = Math.min(end, original.size());
            }
            int length = (int) Math.min(destination.remaining(), end - at);
            ByteBuffer part = destination.slice(destination.position(), length);
            if (covered) {
                Piece piece = covering.getValue();
                piece.source().read(piece.sourceOffset() + at - covering.getKey(), part);
            } else if (at < original.size()) {
                original.read(at, part);
            }
            destination.position(destination.position() + length);
            at += length;
        }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        throw new InfrastructureException(name + " cannot be changed before its logs are written into it.");
    }

    /** Writes what the logs have: the first 512 bytes, which say that the file is whole, come last. */
    void writeTo(Medium target) {
        pieces.descendingMap().forEach((start, piece) -> {
            for (long at = start; at < piece.end(); at += MOST_AT_ONCE) {
                ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MOST_AT_ONCE, piece.end() - at));
                read(at, bytes);
                target.write(at, bytes.flip());
            }
        });
    }
}
