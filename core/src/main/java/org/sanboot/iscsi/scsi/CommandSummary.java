package org.sanboot.iscsi.scsi;

import java.util.List;

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
            case UNMAP -> new BlockRange(-1, 0);
            default -> BlockRange.of(cdb);
        };
        return new CommandSummary(first.name(), kind, range.first(), range.count());
    }

    /**
     * Looks at the parameter list of UNMAP, which names its blocks there and not in the CDB.
     *
     * @param list as it came
     * @return what it is about, were it valid: one summary for each range; none where the list cannot be read
     */
    public static List<CommandSummary> ofUnmap(byte[] list) {
        try {
            return MediumCommands.unmapRanges(list).stream()
                    .map(range -> new CommandSummary(Command.UNMAP.name(), Kind.WRITE, range.first(), range.count()))
                    .toList();
        } catch (ScsiException e) {
            return List.of();
        }
    }

    /**
     * Tells whether the data of the command says which blocks it means.
     *
     * @return true for UNMAP
     */
    public boolean rangesFollow() {
        return name.equals(Command.UNMAP.name());
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
                    UNMAP,
                    COMPARE_AND_WRITE,
                    ORWRITE_16 -> Kind.WRITE;
            case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> Kind.FLUSH;
            default -> Kind.OTHER;
        };
    }

    /**
     * Tells whether the command touches a range of blocks. WRITE SAME without a count reaches to the end (SBC-3 5.43).
     *
     * @param first logical block address
     * @param count how many
     * @return true when they have a block in common
     */
    public boolean touches(long first, long count) {
        boolean toTheEnd = blocks == 0 && name.startsWith("WRITE_SAME");
        return firstBlock - first < count && (toTheEnd || first - firstBlock < blocks);
    }
}
