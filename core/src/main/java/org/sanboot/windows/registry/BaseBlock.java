package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/** What a hive begins with ("base block"), and each of its transaction logs too. */
final class BaseBlock {

    /** The part that has a checksum, and that logs have a copy of. */
    static final int SIZE = 512;

    /** File types. */
    static final int OLD_LOG = 1;

    static final int OLD_LOG_OF_WINDOWS_2000 = 2;
    static final int NEW_LOG = 6;

    private static final int FIRST_SEQUENCE_AT = 4;
    private static final int SECOND_SEQUENCE_AT = 8;
    private static final int TYPE_AT = 28;
    private static final int BINS_SIZE_AT = 40;
    private static final int FLAGS_AT = 144;
    private static final int TRANSACTIONS_PENDING = 1;
    private static final int CHECKSUM_AT = 508;

    private final Structure block;

    private BaseBlock(Structure block) {
        this.block = block;
    }

    /** Reads it, refusing what Windows 2000 and later do not write. */
    static BaseBlock read(String name, Medium file) {
        BaseBlock base = new BaseBlock(file.read(name, 0, SIZE));
        if (!base.block.has(0, "regf")) {
            throw base.block.damaged("it is not a registry hive");
        }
        int major = base.block.signed32(20);
        int minor = base.minorVersion();
        if (major != 1 || minor < 3 || minor > 6) {
            throw base.block.damaged("its format has version %d.%d".formatted(major, minor));
        }
        long size = base.block.unsigned32(BINS_SIZE_AT);
        if (size == 0 || size % Hive.BASE_BLOCK != 0 || size > Integer.MAX_VALUE) {
            throw base.block.damaged("its bins have %d bytes".formatted(size));
        }
        return base;
    }

    int firstSequence() {
        return block.signed32(FIRST_SEQUENCE_AT);
    }

    int secondSequence() {
        return block.signed32(SECOND_SEQUENCE_AT);
    }

    boolean isWritten() {
        return firstSequence() == secondSequence();
    }

    /** Returns when it was written, in units that only grow; Windows 8.1 and later leave it as it is. */
    long timestamp() {
        return block.signed64(12);
    }

    int minorVersion() {
        return block.signed32(24);
    }

    int type() {
        return block.signed32(TYPE_AT);
    }

    int rootCell() {
        return block.signed32(36);
    }

    int binsSize() {
        return block.signed32(BINS_SIZE_AT);
    }

    /** Returns the sector's size by 512. */
    int clusteringFactor() {
        return block.signed32(44);
    }

    boolean hasRightChecksum() {
        return checksum(block) == block.signed32(CHECKSUM_AT);
    }

    /** Returns the block of the same hive with more bins. */
    byte[] withBins(int binsSize) {
        return ofWrittenHive(firstSequence(), binsSize, transactionsPending());
    }

    /** Returns the block of a whole hive file: after the last write, with the bins that there are then. */
    byte[] ofWrittenHive(int sequence, int binsSize, boolean transactionsPending) {
        byte[] bytes = block.bytes(0, SIZE);
        ByteBuffer changed = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int flags = changed.getInt(FLAGS_AT) & ~TRANSACTIONS_PENDING;
        changed.putInt(FIRST_SEQUENCE_AT, sequence)
                .putInt(SECOND_SEQUENCE_AT, sequence)
                .putInt(TYPE_AT, 0)
                .putInt(BINS_SIZE_AT, binsSize)
                .putInt(FLAGS_AT, flags | (transactionsPending ? TRANSACTIONS_PENDING : 0));
        changed.putInt(CHECKSUM_AT, checksum(new Structure("The base block", bytes)));
        return bytes;
    }

    /** Tells whether transactions of the kernel's transaction manager are under way in the hive. */
    boolean transactionsPending() {
        return (block.signed32(FLAGS_AT) & TRANSACTIONS_PENDING) != 0;
    }

    /** The XOR of the 127 words before it, where 0 and -1 give way to their neighbours. */
    private static int checksum(Structure base) {
        int checksum = 0;
        for (int at = 0; at < CHECKSUM_AT; at += 4) {
            checksum ^= base.signed32(at);
        }
        return checksum == -1 ? -2 : checksum == 0 ? 1 : checksum;
    }
}
