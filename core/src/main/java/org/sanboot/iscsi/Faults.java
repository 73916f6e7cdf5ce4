package org.sanboot.iscsi;

import java.time.Duration;

/**
 * Makes the disks of an export misbehave on purpose. Faults add up, hold for every session, and end when they are closed.
 * Safe for use by several threads.
 */
public interface Faults {

    /** A fault that holds until it is closed; closing again does nothing. */
    interface Fault extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Fails reads that touch a range of blocks.
     *
     * @param firstBlock logical block address, 0 or more
     * @param blocks how many blocks of 512 bytes, 1 or more
     * @param sense what the initiator is told
     * @return the fault
     */
    Fault failReads(long firstBlock, long blocks, SenseCode sense);

    /**
     * Fails writes that touch a range of blocks; nothing of them reaches the disk.
     *
     * @param firstBlock logical block address, 0 or more
     * @param blocks how many blocks of 512 bytes, 1 or more
     * @param sense what the initiator is told
     * @return the fault
     */
    Fault failWrites(long firstBlock, long blocks, SenseCode sense);

    /**
     * Answers each command that reads, writes or flushes later.
     *
     * @param by how much, zero or more
     * @return the fault
     */
    Fault delay(Duration by);

    /**
     * Answers no command that reads, writes or flushes until the fault is closed. Task management and pings still work.
     *
     * @return the fault
     */
    Fault stall();

    /**
     * Takes no writes, as a disk that protects itself.
     *
     * @return the fault
     */
    Fault readOnly();

    /** Breaks the connection of every session, without a word; initiators log in again. */
    void dropConnections();

    /** Ends all faults. */
    void clear();
}
