package org.sanboot.iscsi.scsi;

/**
 * What a command is about, for those who watch.
 *
 * @param name in capitals, or the operation code where there is no such command
 * @param kind what it does to the medium
 * @param firstBlock logical block address; -1 where the command has none
 * @param blocks how many; 0 where the command has none
 */
public record CommandSummary(String name, Kind kind, long firstBlock, long blocks) {

    /** What a command does to the medium. */
    public enum Kind {
        /** Reads blocks. */
        READ,
        /** Writes blocks. */
        WRITE,
        /** Makes what was written safe. */
        FLUSH,
        /** Nothing of these. */
        OTHER
    }

    /**
     * Looks at a command.
     *
     * @param bytes the CDB, 16 bytes
     * @return what it is about, were it valid
     */
    public static CommandSummary of(byte[] bytes) {
        Cdb cdb = new Cdb(bytes);
        Command first = Command.ofOpcode(cdb.opcode());
        if (first == null) {
            return new CommandSummary(String.format("0x%02X", cdb.opcode()), Kind.OTHER, -1, 0);
        }
        if (first.hasServiceAction()) {
            Command command = Command.ofServiceAction(cdb.opcode(), cdb.u8(1) & 0x1F);
            return new CommandSummary((command == null ? first : command).name(), Kind.OTHER, -1, 0);
        }
        Kind kind = kind(first);
        if (kind == Kind.OTHER) {
            return new CommandSummary(first.name(), kind, -1, 0);
        }
        BlockRange range = switch (first) {
            case COMPARE_AND_WRITE -> new BlockRange(cdb.u64(2), cdb.u8(13));
            case WRITE_ATOMIC_16 -> new BlockRange(cdb.u64(2), cdb.u16(12));
            default -> BlockRange.of(cdb);
        };
        return new CommandSummary(first.name(), kind, range.first(), range.count());
    }

    private static Kind kind(Command command) {
        return switch (command) {
            case READ_6, READ_10, READ_12, READ_16, VERIFY_10, VERIFY_12, VERIFY_16 -> Kind.READ;
            case WRITE_6,
                    WRITE_10,
                    WRITE_12,
                    WRITE_16,
                    WRITE_AND_VERIFY_10,
                    WRITE_AND_VERIFY_12,
                    WRITE_AND_VERIFY_16,
                    WRITE_SAME_10,
                    WRITE_SAME_16,
                    WRITE_ATOMIC_16,
                    COMPARE_AND_WRITE,
                    ORWRITE_16 -> Kind.WRITE;
            case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> Kind.FLUSH;
            default -> Kind.OTHER;
        };
    }

    /**
     * Tells whether the command touches a range of blocks.
     *
     * @param first logical block address
     * @param count how many
     * @return true when they have a block in common
     */
    public boolean touches(long first, long count) {
        return firstBlock - first < count && first - firstBlock < blocks;
    }
}
