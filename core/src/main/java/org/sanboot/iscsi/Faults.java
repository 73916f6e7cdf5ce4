package org.sanboot.iscsi;

import java.time.Duration;

/**
 * Makes the disks of an export misbehave on purpose. Faults add up, hold for every session, and end when they are closed;
 * UNMAP and WRITE SAME count as writes. Safe for use by several threads.
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

    /**
     * Tears writes when the power is cut ({@link Export#cutPower}; {@code power().cut()} of a booted machine), as a disk
     * with a volatile write cache may (SBC-3, "Caches"; NVMe 1.4 5.21.1.6): whatever was acknowledged and not yet made safe by
     * a flush, or by forced unit access for its own blocks, is lost in part. Of each write all is lost, or nothing, or each
     * block of 512 bytes by itself, so writes are also reordered; a block is never half written. Blocks that were written
     * several times may keep any version since the last flush.
     *
     * <p>The cache holds 64 MiB; what a guest writes beyond that between two flushes pushes the oldest writes to where they
     * are safe. Whoever asks for flushes in the right places loses nothing: a loss that a test sees after a power cut is one
     * that real disks cause too.
     *
     * <p>Begins with what is written from now on, and goes on after a cut. A guest that shuts down or crashes loses nothing.
     *
     * @param seed the same writes, wherever they overlap in the same order, are torn in the same way by the same seed
     * @return the fault; once it is closed all that was written is safe
     * @throws org.sanboot.ConfigurationException when writes are torn already
     */
    Fault tearWritesAtPowerCut(long seed);

    /** Breaks the connection of every session, without a word; initiators log in again. */
    void dropConnections();

    /** Ends all faults. */
    void clear();
}
