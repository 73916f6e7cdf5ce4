package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the transport has to do for a command. */
public sealed interface Execution {

    /**
     * Nothing more: the command has ended.
     *
     * @param status how
     * @param sense why, with CHECK CONDITION
     * @param data for the initiator, already cut to the allocation length
     */
    @SuppressWarnings("ArrayRecordComponent") // Made once and sent once; nobody compares two of them.
    record Complete(ScsiStatus status, @Nullable Sense sense, byte[] data) implements Execution {

        private static final byte[] NO_DATA = new byte[0];

        /** Done, and nothing to send. */
        public static final Complete GOOD = new Complete(ScsiStatus.GOOD, null, NO_DATA);

        /** There is no room for the command's data; it may come again later (SAM-5 5.3.1). */
        public static final Complete TASK_SET_FULL = new Complete(ScsiStatus.TASK_SET_FULL, null, NO_DATA);

        static final Complete BUSY = new Complete(ScsiStatus.BUSY, null, NO_DATA);

        static final Complete RESERVATION_CONFLICT = new Complete(ScsiStatus.RESERVATION_CONFLICT, null, NO_DATA);

        /**
         * Ends a command with CHECK CONDITION.
         *
         * @param sense why
         * @return the end
         */
        public static Complete failed(Sense sense) {
            return new Complete(ScsiStatus.CHECK_CONDITION, sense, NO_DATA);
        }

        static Complete failed(AdditionalSense additional) {
            return failed(Sense.of(additional));
        }

        static Complete good(byte[] data) {
            return new Complete(ScsiStatus.GOOD, null, data);
        }
    }

    /**
     * Send a part of the medium, by {@link #read}, in pieces of any size.
     *
     * @param unit where it is
     * @param offset in bytes
     * @param length in bytes
     */
    record Read(LogicalUnit unit, long offset, long length) implements Execution {

        /**
         * Fills the rest of a buffer.
         *
         * @param position in the data of the command, in bytes
         * @param destination receives {@code remaining()} bytes
         * @throws org.sanboot.block.BlockIoException when the medium cannot be read
         */
        public void read(long position, ByteBuffer destination) {
            unit.read(offset + position, destination);
        }
    }

    /**
     * Receive data, give it to the sink in order as it comes, and go on with what the sink's end says.
     *
     * @param length what the command transfers, in bytes
     * @param sink takes the data
     */
    record Receive(long length, Sink sink) implements Execution {}

    /**
     * Call something that may take long, where it holds up nobody else.
     *
     * @param work ends the command
     * @param changesMedium whoever reads the medium may see what it does
     */
    record Deferred(Work work, boolean changesMedium) implements Execution {}

    /** Something that may take long. */
    @FunctionalInterface
    interface Work {

        /**
         * Does it.
         *
         * @param aborted tells that nobody waits for the end any more; asked between any two pieces
         * @return the end of the command
         * @throws org.sanboot.block.BlockIoException when the disk fails
         */
        Complete run(BooleanSupplier aborted);
    }

    /**
     * Wait until a gate opens, where that holds up nobody else, and go on then.
     *
     * @param gate completes when it opens
     * @param next says how to go on
     */
    record Gated(CompletionStage<?> gate, Supplier<Execution> next) implements Execution {}

    /** Takes the data of a command, in order and in pieces of any size. */
    interface Sink {

        /**
         * Takes one piece.
         *
         * @param position in the data of the command, in bytes
         * @param data the piece; its position is its limit afterwards
         * @return null to go on, or the early end of the command
         * @throws org.sanboot.block.BlockIoException when the medium cannot be written
         */
        @Nullable
        Complete accept(long position, ByteBuffer data);

        /**
         * Is called when all data came, or as much as the initiator has.
         *
         * @return how to go on; never a transfer of data
         */
        Execution finish();

        /** Tells whether it touches the medium, and so may have to wait for a disk, before its end says how to go on. */
        default boolean touchesMedium() {
            return true;
        }

        /** Is called once when the command is over, however it ended, and nothing is done for it any more. */
        default void close() {}
    }
}
