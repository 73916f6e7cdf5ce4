package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockDevice;

/**
 * The commands that touch the disk (SBC-3 clause 5).
 *
 * <p>Data of a write goes to the disk piece by piece as it comes, so that a command that waits for the rest holds no
 * memory. Writes share {@link #medium}; what reads and then writes takes it for itself, and so is atomic.
 */
final class MediumCommands {

    private static final int FUA = 0x08;
    private static final int UNMAP_BIT = 0x08;
    private static final int NO_DATA_OUT = 0x01;
    private static final int COPY_LENGTH = 65_536;

    /** What is made zero at a time, in bytes: milliseconds of work, between which others get their turn. */
    private static final long ZERO_LENGTH = 64 << 20;

    private static final int MOST_STATUS_DESCRIPTORS = 256;

    /** How much of the disk GET LBA STATUS looks at, in bytes; who wants to know more asks again (SBC-3 5.4.1). */
    private static final long LONGEST_STATUS = 64L << 30;

    /** Bytes that commands hold at most while they wait for the rest of their data. */
    private static final long MOST_HELD = 8 << 20;

    private final LogicalUnit unit;
    private final BlockDevice device;
    private final Counters counters;
    private final ReadWriteLock medium = new ReentrantReadWriteLock();
    private final AtomicLong held = new AtomicLong();

    MediumCommands(LogicalUnit unit) {
        this.unit = unit;
        this.device = unit.device();
        this.counters = unit.counters();
    }

    private BlockRange range(Cdb cdb) {
        return BlockRange.of(cdb, unit.blocks());
    }

    Execution read(Cdb cdb, Command command) {
        BlockRange range = range(cdb).transferable();
        counters.reads.increment();
        return range.isEmpty() ? Execution.Complete.GOOD : new Execution.Read(unit, range.offset(), range.length());
    }

    Execution write(Cdb cdb, Command command) {
        unit.checkWritable();
        BlockRange range = range(cdb).transferable();
        boolean forced = command != Command.WRITE_6 && cdb.bit(1, FUA);
        return receive(range, new WriteSink(range, forced));
    }

    private static Execution receive(BlockRange range, Execution.Sink sink) {
        return range.isEmpty() ? Execution.Complete.GOOD : new Execution.Receive(range.length(), sink);
    }

    /** Reads; an atomic command is seen either before or after it. */
    void readShared(long offset, ByteBuffer destination) {
        int length = destination.remaining();
        Lock shared = medium.readLock();
        shared.lock();
        try {
            device.read(offset, destination);
        } finally {
            shared.unlock();
        }
        counters.bytesRead.add(length);
    }

    private void writeShared(long offset, ByteBuffer data) {
        int length = data.remaining();
        Lock shared = medium.readLock();
        shared.lock();
        try {
            device.write(offset, data);
        } finally {
            shared.unlock();
        }
        counters.bytesWritten.add(length);
    }

    /** Writes what comes. */
    private class WriteSink implements Execution.Sink {

        private final BlockRange range;
        private final boolean forced;

        WriteSink(BlockRange range, boolean forced) {
            this.range = range;
            this.forced = forced;
        }

        @Override
        public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
            writeShared(range.offset() + position, data);
            return null;
        }

        @Override
        public Execution finish() {
            counters.writes.increment();
            return end(range, forced);
        }
    }

    /** Ends a write; with FUA its own blocks are safe by then, and no others need be (SBC-3, WRITE (10)). */
    private Execution end(BlockRange range, boolean forced) {
        if (!forced) {
            return Execution.Complete.GOOD;
        }
        counters.flushes.increment();
        return new Execution.Deferred(
                aborted -> {
                    device.flush(range.offset(), range.length());
                    return Execution.Complete.GOOD;
                },
                false);
    }

    Execution flush() {
        counters.flushes.increment();
        return new Execution.Deferred(
                aborted -> {
                    device.flush();
                    return Execution.Complete.GOOD;
                },
                false);
    }

    Execution synchronizeCache(Cdb cdb, Command command) {
        range(cdb);
        return flush();
    }

    Execution preFetch(Cdb cdb, Command command) {
        // GOOD rather than CONDITION MET: no promise that the blocks stay in a cache (SBC-3 5.13.2).
        range(cdb);
        return Execution.Complete.GOOD;
    }

    Execution writeAndVerify(Cdb cdb, Command command) {
        unit.checkWritable();
        BlockRange range = range(cdb).transferable();
        boolean compares = byteCheck(cdb) != 0;
        if (byteCheck(cdb) > 1) {
            throw ScsiException.invalidField(1);
        }
        return receive(range, new WriteSink(range, true) {
            @Override
            public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
                ByteBuffer written = data.duplicate();
                super.accept(position, data);
                return compares ? compare(range.offset() + position, position, written) : null;
            }
        });
    }

    private static int byteCheck(Cdb cdb) {
        return cdb.u8(1) >> 1 & 3;
    }

    Execution verify(Cdb cdb, Command command) {
        BlockRange range = range(cdb).transferable();
        if (range.isEmpty()) {
            return Execution.Complete.GOOD;
        }
        return switch (byteCheck(cdb)) {
            case 0 -> new Execution.Deferred(aborted -> verifyReadable(range, aborted), false);
            case 1 -> receive(range, new VerifySink(range.offset()));
            case 3 ->
                new Execution.Receive(
                        LogicalUnit.BLOCK_SIZE,
                        new ParameterList(
                                LogicalUnit.BLOCK_SIZE,
                                block -> new Execution.Deferred(aborted -> verifySame(range, block, aborted), false)));
            default -> throw ScsiException.invalidField(1);
        };
    }

    private Execution.Complete verifyReadable(BlockRange range, BooleanSupplier aborted) {
        ByteBuffer copy = ByteBuffer.allocate((int) Math.min(COPY_LENGTH, range.length()));
        for (long done = 0; done < range.length() && !aborted.getAsBoolean(); done += copy.limit()) {
            copy.clear().limit((int) Math.min(copy.capacity(), range.length() - done));
            device.read(range.offset() + done, copy);
        }
        return Execution.Complete.GOOD;
    }

    private Execution.Complete verifySame(BlockRange range, byte[] block, BooleanSupplier aborted) {
        for (long done = 0; done < range.length() && !aborted.getAsBoolean(); done += block.length) {
            var difference = compare(range.offset() + done, done, ByteBuffer.wrap(block));
            if (difference != null) {
                return difference;
            }
        }
        return Execution.Complete.GOOD;
    }

    /** Compares what comes with the medium. */
    private final class VerifySink implements Execution.Sink {

        private final long offset;

        VerifySink(long offset) {
            this.offset = offset;
        }

        @Override
        public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
            return compare(offset + position, position, data);
        }

        @Override
        public Execution finish() {
            return Execution.Complete.GOOD;
        }
    }

    /** Compares the medium with the rest of a buffer; returns null where they are equal. */
    private Execution.@Nullable Complete compare(long offset, long position, ByteBuffer data) {
        ByteBuffer stored = ByteBuffer.allocate(Math.min(COPY_LENGTH, data.remaining()));
        long at = 0;
        while (data.hasRemaining()) {
            stored.clear().limit(Math.min(stored.capacity(), data.remaining()));
            device.read(offset + at, stored);
            ByteBuffer piece = data.slice(data.position(), stored.flip().limit());
            int difference = stored.mismatch(piece);
            if (difference >= 0) {
                return miscompare(position + at + difference);
            }
            data.position(data.position() + stored.limit());
            at += stored.limit();
        }
        return null;
    }

    private static Execution.Complete miscompare(long position) {
        return Execution.Complete.failed(
                Sense.of(AdditionalSense.MISCOMPARE_DURING_VERIFY).withInformation(position));
    }

    Execution orWrite(Cdb cdb, Command command) {
        unit.checkWritable();
        BlockRange range = range(cdb).transferable();
        return receive(range, new WriteSink(range, cdb.bit(1, FUA)) {
            @Override
            public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
                orExclusively(range.offset() + position, data);
                return null;
            }
        });
    }

    private void orExclusively(long offset, ByteBuffer data) {
        ByteBuffer stored = ByteBuffer.allocate(data.remaining());
        Lock exclusive = medium.writeLock();
        exclusive.lock();
        try {
            device.read(offset, stored);
            for (int i = 0; i < stored.capacity(); i++) {
                stored.put(i, (byte) (stored.get(i) | data.get()));
            }
            device.write(offset, stored.rewind());
        } finally {
            exclusive.unlock();
        }
        counters.bytesWritten.add(stored.capacity());
    }

    Execution compareAndWrite(Cdb cdb, long expectedLength) {
        unit.checkWritable();
        BlockRange range = new BlockRange(cdb.u64(2), cdb.u8(13)).checked(unit.blocks());
        if (range.count() > InquiryData.MAXIMUM_COMPARE_AND_WRITE_LENGTH) {
            throw ScsiException.invalidField(13);
        }
        long length = 2 * range.length();
        requireLength(expectedLength, length);
        if (range.isEmpty()) {
            return Execution.Complete.GOOD;
        }
        boolean forced = cdb.bit(1, FUA);
        return new Execution.Receive(length, new Whole(length, data -> compareAndWrite(range, data, forced)));
    }

    private Execution compareAndWrite(BlockRange range, ByteBuffer data, boolean forced) {
        int half = (int) range.length();
        Lock exclusive = medium.writeLock();
        exclusive.lock();
        try {
            Execution.Complete difference = compare(range.offset(), 0, data.slice(0, half));
            if (difference != null) {
                return difference;
            }
            device.write(range.offset(), data.slice(half, half));
        } finally {
            exclusive.unlock();
        }
        counters.writes.increment();
        counters.bytesWritten.add(half);
        return end(range, forced);
    }

    /** WRITE ATOMIC: all of it or nothing, also for a guest whose power is cut while the data is on its way. */
    Execution writeAtomic(Cdb cdb) {
        unit.checkWritable();
        BlockRange range = new BlockRange(cdb.u64(2), cdb.u16(12)).checked(unit.blocks());
        // Bytes 10 and 11 would divide the write into several atomic ones (SBC-4 5.48); they are reserved here.
        if (range.count() > InquiryData.MAXIMUM_ATOMIC_TRANSFER_LENGTH) {
            throw ScsiException.invalidField(12);
        }
        boolean forced = cdb.bit(1, FUA);
        return range.isEmpty()
                ? Execution.Complete.GOOD
                : new Execution.Receive(
                        range.length(), new Whole(range.length(), data -> writeAtomic(range, data, forced)));
    }

    private Execution writeAtomic(BlockRange range, ByteBuffer data, boolean forced) {
        Lock exclusive = medium.writeLock();
        exclusive.lock();
        try {
            device.write(range.offset(), data);
        } finally {
            exclusive.unlock();
        }
        counters.writes.increment();
        counters.bytesWritten.add(range.length());
        return end(range, forced);
    }

    /** Refuses a command that cannot make sense of more or less data than it asks for. */
    private static void requireLength(long expected, long length) {
        if (expected != length) {
            throw new ScsiException(AdditionalSense.INVALID_FIELD_IN_CDB);
        }
    }

    Execution writeSame(Cdb cdb, Command command, long expectedLength) {
        unit.checkWritable();
        BlockRange asked = range(cdb);
        // No count means to the end of the disk, since WSNZ is not set (SBC-3 5.43).
        BlockRange range = asked.isEmpty() ? new BlockRange(asked.first(), unit.blocks() - asked.first()) : asked;
        if (range.count() > InquiryData.MAXIMUM_WRITE_SAME_LENGTH) {
            throw ScsiException.invalidField(command == Command.WRITE_SAME_16 ? 10 : 7);
        }
        if (command == Command.WRITE_SAME_16 && cdb.bit(1, NO_DATA_OUT)) {
            requireLength(expectedLength, 0);
            return new Execution.Deferred(aborted -> zero(range, aborted), true);
        }
        requireLength(expectedLength, LogicalUnit.BLOCK_SIZE);
        boolean unmaps = cdb.bit(1, UNMAP_BIT);
        return new Execution.Receive(
                LogicalUnit.BLOCK_SIZE,
                new ParameterList(
                        LogicalUnit.BLOCK_SIZE,
                        block -> new Execution.Deferred(aborted -> fill(range, block, unmaps, aborted), true)));
    }

    private Execution.Complete fill(BlockRange range, byte[] block, boolean unmaps, BooleanSupplier aborted) {
        // With UNMAP the block's content does not count: LIO, tgt and Linux's scsi_debug see it so, and libiscsi's
        // suite too.
        if (unmaps || ByteBuffer.wrap(block).mismatch(ByteBuffer.allocate(block.length)) < 0) {
            counters.unmaps.add(unmaps ? 1 : 0);
            return zero(range, aborted);
        }
        ByteBuffer pattern = ByteBuffer.allocate((int) Math.min(COPY_LENGTH, range.length()));
        while (pattern.hasRemaining()) {
            pattern.put(block);
        }
        for (long done = 0; done < range.length() && !aborted.getAsBoolean(); done += pattern.limit()) {
            pattern.clear().limit((int) Math.min(pattern.capacity(), range.length() - done));
            writeShared(range.offset() + done, pattern);
        }
        counters.writes.increment();
        return Execution.Complete.GOOD;
    }

    private Execution.Complete zero(BlockRange range, BooleanSupplier aborted) {
        Lock shared = medium.readLock();
        for (long done = 0; done < range.length() && !aborted.getAsBoolean(); done += ZERO_LENGTH) {
            shared.lock();
            try {
                device.zero(range.offset() + done, Math.min(ZERO_LENGTH, range.length() - done));
            } finally {
                shared.unlock();
            }
        }
        return Execution.Complete.GOOD;
    }

    ParameterList.Handler unmap(Cdb cdb) {
        unit.checkWritable();
        return list -> {
            List<BlockRange> ranges = unmapRanges(list);
            ranges.forEach(range -> range.checked(unit.blocks()));
            if (ranges.stream().mapToLong(BlockRange::count).sum() > InquiryData.MAXIMUM_UNMAP_LENGTH) {
                throw new ScsiException(AdditionalSense.INVALID_FIELD_IN_PARAMETER_LIST);
            }
            counters.unmaps.increment();
            return new Execution.Deferred(
                    aborted -> {
                        ranges.forEach(range -> zero(range, aborted));
                        return Execution.Complete.GOOD;
                    },
                    true);
        };
    }

    /** Reads an UNMAP parameter list (SBC-3 5.28.2); it has no effect unless all of it is right. */
    static List<BlockRange> unmapRanges(byte[] list) {
        List<BlockRange> ranges = new ArrayList<>();
        if (list.length == 0) {
            return ranges;
        }
        if (list.length < 8) {
            throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
        }
        ByteBuffer data = ByteBuffer.wrap(list);
        int descriptors = Math.min(data.getShort(2) & 0xFFFF, list.length - 8) / 16;
        if (descriptors > InquiryData.MAXIMUM_UNMAP_DESCRIPTORS) {
            throw ScsiException.invalidParameter(2);
        }
        for (int at = 8; at < 8 + descriptors * 16; at += 16) {
            ranges.add(new BlockRange(data.getLong(at), data.getInt(at + 8) & 0xFFFFFFFFL));
        }
        return ranges;
    }

    Execution lbaStatus(Cdb cdb) {
        long first = cdb.u64(2);
        if (first < 0 || first >= unit.blocks()) {
            throw new ScsiException(AdditionalSense.LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE);
        }
        long room = (cdb.u32(10) - 8) / 16;
        int most = (int) Math.max(1, Math.min(MOST_STATUS_DESCRIPTORS, room));
        return new Execution.Deferred(aborted -> lbaStatus(first, most, cdb.u32(10), aborted), false);
    }

    private Execution.Complete lbaStatus(long first, int most, long allocationLength, BooleanSupplier aborted) {
        ByteBuffer data = ByteBuffer.allocate(8 + most * 16).position(8);
        long lba = first;
        long end = Math.min(unit.blocks(), first + LONGEST_STATUS / LogicalUnit.BLOCK_SIZE);
        while (data.hasRemaining() && lba < end && !aborted.getAsBoolean()) {
            lba += putStatus(data, lba, end, aborted);
        }
        data.putInt(0, data.position() - 4);
        return LogicalUnit.data(Arrays.copyOf(data.array(), data.position()), allocationLength);
    }

    /** Describes the run of blocks that starts at an address and ends before another, and returns its length in blocks. */
    private long putStatus(ByteBuffer data, long lba, long endLba, BooleanSupplier aborted) {
        long offset = lba * LogicalUnit.BLOCK_SIZE;
        long end = endLba * LogicalUnit.BLOCK_SIZE;
        BlockDevice.Extent extent = device.extent(offset, end - offset);
        long length = extent.length();
        while (offset + length < end && !aborted.getAsBoolean()) {
            BlockDevice.Extent next = device.extent(offset + length, end - offset - length);
            if (next.state() != extent.state()) {
                break;
            }
            length += next.length();
        }
        long blocks = Math.max(1, length / LogicalUnit.BLOCK_SIZE);
        boolean mapped = extent.state() == BlockDevice.Extent.State.MAPPED;
        data.putLong(lba).putInt((int) blocks).put((byte) (mapped ? 0 : 1)).put(new byte[3]);
        return blocks;
    }

    /** Collects data that a command needs whole, within what all such commands may hold together. */
    private final class Whole implements Execution.Sink {

        private final ByteBuffer data;
        private final Function<ByteBuffer, Execution> action;

        Whole(long length, Function<ByteBuffer, Execution> action) {
            if (held.addAndGet(length) > MOST_HELD) {
                held.addAndGet(-length);
                throw ScsiException.busy();
            }
            this.data = ByteBuffer.allocate((int) length);
            this.action = action;
        }

        @Override
        public void close() {
            held.addAndGet(-data.capacity());
        }

        @Override
        public Execution.@Nullable Complete accept(long position, ByteBuffer piece) {
            data.put(piece);
            return null;
        }

        @Override
        public Execution finish() {
            return data.hasRemaining()
                    ? Execution.Complete.failed(AdditionalSense.INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT)
                    : action.apply(data.flip());
        }
    }
}
