package org.sanboot.iscsi.pdu;

import java.nio.ByteBuffer;

/**
 * A SCSI command (RFC 7143 11.3).
 *
 * @param immediate delivered at once, without a command number of its own
 * @param isFinal no unsolicited Data-Out PDUs follow
 * @param reads data is expected from the target
 * @param writes data is sent to the target
 * @param attribute the task attribute, 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA
 * @param lun logical unit number in its eight-byte form (SAM-5 4.7)
 * @param initiatorTaskTag ties the answer to the request
 * @param expectedDataTransferLength bytes that the initiator expects to move, unsigned
 * @param cmdSN the command's number
 * @param expStatSN the next status that the initiator expects
 * @param cdb the command descriptor block, 16 bytes
 */
@SuppressWarnings("ArrayRecordComponent") // Parsed once and owned by the task; nobody compares two of them.
public record ScsiCommand(
        boolean immediate,
        boolean isFinal,
        boolean reads,
        boolean writes,
        int attribute,
        long lun,
        int initiatorTaskTag,
        int expectedDataTransferLength,
        int cmdSN,
        int expStatSN,
        byte[] cdb)
        implements InitiatorPdu {

    static final int OPCODE = 0x01;
    private static final int READS = 0x40;
    private static final int WRITES = 0x20;
    private static final int CDB_LENGTH = 16;
    private static final int ORDERED = 2;
    private static final int HEAD_OF_QUEUE = 3;

    /**
     * Tells whether it waits for all older commands and holds back younger ones (SAM-5 8.6).
     *
     * @return true with the task attribute ORDERED
     */
    public boolean isOrdered() {
        return attribute == ORDERED;
    }

    /**
     * Tells whether it waits for no other command.
     *
     * @return true with the task attribute HEAD OF QUEUE
     */
    public boolean isHeadOfQueue() {
        return attribute == HEAD_OF_QUEUE;
    }

    @Override
    public void encode(ByteBuffer out, int dataSegmentLength) {
        int at = out.position();
        int flags = BasicHeader.flag(isFinal, BasicHeader.FINAL)
                | BasicHeader.flag(reads, READS)
                | BasicHeader.flag(writes, WRITES)
                | attribute;
        BasicHeader.start(out, OPCODE | BasicHeader.flag(immediate, BasicHeader.IMMEDIATE), flags, dataSegmentLength);
        out.putLong(at + 8, lun).putInt(at + 16, initiatorTaskTag).putInt(at + 20, expectedDataTransferLength);
        out.putInt(at + 24, cmdSN).putInt(at + 28, expStatSN).put(at + 32, cdb, 0, CDB_LENGTH);
    }

    static ScsiCommand parse(ByteBuffer in) {
        int at = in.position();
        int flags = in.get(at + 1);
        byte[] cdb = new byte[CDB_LENGTH];
        in.get(at + 32, cdb);
        return new ScsiCommand(
                BasicHeader.bit(in.get(at), BasicHeader.IMMEDIATE),
                BasicHeader.bit(flags, BasicHeader.FINAL),
                BasicHeader.bit(flags, READS),
                BasicHeader.bit(flags, WRITES),
                flags & 7,
                in.getLong(at + 8),
                in.getInt(at + 16),
                in.getInt(at + 20),
                in.getInt(at + 24),
                in.getInt(at + 28),
                cdb);
    }
}
