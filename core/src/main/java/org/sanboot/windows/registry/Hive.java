package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * A registry hive: keys with values, in cells, in bins, behind a base block.
 *
 * <p>Whatever the file holds, reading it ends: every count is checked against what fits the file, and all reading
 * together has a bound. Of one thread.
 */
public final class Hive {

    static final int BASE_BLOCK = 4096;
    static final int SMALLEST_CELL = 8;
    /** An offset that leads nowhere. */
    static final int NOWHERE = -1;

    /** What finding a cell costs, on the scale of the bytes read from it. */
    private static final int STEP = 64;

    /** Some hundred times what it takes to read and change an installation's settings; a few seconds' worth. */
    private static final long MOST_WORK = 1L << 30;

    private final String name;
    private final Medium file;
    private final State state;
    private final int rootCell;
    private final int minorVersion;
    private int binsSize;
    private @Nullable CellAllocator allocator;
    private long work;

    /** Whether the file alone holds all that Windows has written. */
    public enum State {
        /** It does. */
        CLEAN,
        /** The sequence numbers differ: newer contents stand in the transaction logs beside the file. */
        DIRTY,
        /** The base block's checksum is wrong: writing it was interrupted, or the file was changed by hand. */
        BAD_CHECKSUM
    }

    private Hive(String name, Medium file, BaseBlock base) {
        this.name = name;
        this.file = file;
        this.state = !base.hasRightChecksum() ? State.BAD_CHECKSUM : base.isWritten() ? State.CLEAN : State.DIRTY;
        this.rootCell = base.rootCell();
        this.binsSize = base.binsSize();
        this.minorVersion = base.minorVersion();
    }

    /**
     * Opens a hive.
     *
     * @param name what it is called in messages
     * @param file the whole file
     * @return the hive, which may be {@link State#DIRTY}
     * @throws InfrastructureException when it is none, is cut off, or is of a version that Windows 2000 and later do not
     *     write
     */
    public static Hive open(String name, Medium file) {
        BaseBlock base = BaseBlock.read(name, file);
        if (base.binsSize() > file.size() - BASE_BLOCK) {
            throw Structure.damaged(
                    name,
                    "it is cut off: %d bytes of %d are there"
                            .formatted(file.size(), (long) base.binsSize() + BASE_BLOCK));
        }
        return new Hive(name, file, base);
    }

    /**
     * Tells whether the file alone can be trusted.
     *
     * @return how the last write ended
     */
    public State state() {
        return state;
    }

    /**
     * Returns the key at the top.
     *
     * @return the root
     */
    public Key root() {
        return Key.root(this, rootCell);
    }

    String name() {
        return name;
    }

    Medium file() {
        return file;
    }

    int binsSize() {
        return binsSize;
    }

    int minorVersion() {
        return minorVersion;
    }

    /** Makes room that was written behind the last bin count. */
    void growBins(int size) {
        file.write(0, ByteBuffer.wrap(BaseBlock.read(name, file).withBins(size)));
        binsSize = size;
    }

    CellAllocator allocator() {
        CellAllocator known = allocator;
        if (known == null) {
            known = new CellAllocator(this);
            allocator = known;
        }
        return known;
    }

    /** Writes bytes into a new cell. */
    int put(ByteBuffer contents) {
        int cell = allocator().allocate(contents.capacity());
        file.write(position(cell) + 4, contents.clear());
        return cell;
    }

    /** Returns where something stands in the file. */
    long position(int cell) {
        return BASE_BLOCK + (long) cell;
    }

    /** Reads the contents of a cell in use, at most so many bytes of them. */
    Structure cell(String what, int offset, int most) {
        int size = -cellSize(what, offset);
        if (size < SMALLEST_CELL) {
            throw Structure.damaged(what, "its cell at %d is not in use".formatted(offset));
        }
        int length = Math.min(most, size - 4);
        count(length);
        return file.read(what, position(offset) + 4, length);
    }

    /** Reads a cell's size: negative when it is in use, positive when it is free. */
    int cellSize(String what, int offset) {
        count(STEP);
        if (offset < 32 || offset % SMALLEST_CELL != 0 || offset > binsSize - SMALLEST_CELL) {
            throw Structure.damaged(what, "no cell can be at %d".formatted(offset));
        }
        int size = file.read(what, position(offset), 4).signed32(0);
        long bytes = Math.abs((long) size);
        if (bytes < SMALLEST_CELL || bytes % SMALLEST_CELL != 0 || bytes > binsSize - offset) {
            throw Structure.damaged(what, "its cell at %d has %d bytes".formatted(offset, bytes));
        }
        return size;
    }

    /** Cells may overlap, so that the file's size does not bound what can be read from it. */
    private void count(int cost) {
        work += cost;
        if (work > MOST_WORK) {
            throw Structure.damaged(name, "reading it takes too many steps");
        }
    }
}
