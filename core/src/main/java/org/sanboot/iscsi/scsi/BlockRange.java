package org.sanboot.iscsi.scsi;

/**
 * Which blocks a command means.
 *
 * @param first logical block address
 * @param count how many
 */
record BlockRange(long first, long count) {

    private static final int BLOCKS_OF_ZERO_IN_SIX_BYTES = 256;

    /**
     * Reads the range of a CDB by the length of the CDB, which the operation code tells (SPC-4 4.2.5.1).
     *
     * @throws ScsiException when it leaves the disk
     */
    static BlockRange of(Cdb cdb, long blocks) {
        return of(cdb).checked(blocks);
    }

    /** Reads the range of a CDB, wherever it may lie. */
    static BlockRange of(Cdb cdb) {
        return switch (cdb.opcode() >> 5) {
            case 0 -> new BlockRange(cdb.u24(1) & 0x1FFFFF, sixByteCount(cdb.u8(4)));
            case 1, 2 -> new BlockRange(cdb.u32(2), cdb.u16(7));
            case 5 -> new BlockRange(cdb.u32(2), cdb.u32(6));
            default -> new BlockRange(cdb.u64(2), cdb.u32(10));
        };
    }

    private static int sixByteCount(int count) {
        return count == 0 ? BLOCKS_OF_ZERO_IN_SIX_BYTES : count;
    }

    BlockRange checked(long blocks) {
        if (first < 0 || first > blocks || count > blocks - first) {
            throw new ScsiException(AdditionalSense.LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE);
        }
        return this;
    }

    /** Refuses more than the Block Limits page promises. */
    BlockRange transferable() {
        if (count > InquiryData.MAXIMUM_TRANSFER_LENGTH) {
            throw new ScsiException(AdditionalSense.INVALID_FIELD_IN_CDB);
        }
        return this;
    }

    boolean isEmpty() {
        return count == 0;
    }

    long offset() {
        return first * LogicalUnit.BLOCK_SIZE;
    }

    long length() {
        return count * LogicalUnit.BLOCK_SIZE;
    }
}
