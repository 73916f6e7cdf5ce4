package org.sanboot.iscsi.session;

/**
 * The right to be inside a disk, of the thread that works for a task: a worker's {@link Workers.Slot}, or a reader's that does
 * the work where it read the command. Only calls between {@link #begin} and {@link #end} may wait for the disk.
 */
interface DiskPermit {

    /** Tells whether this thread may do what is known to take long. */
    boolean isWorkers();

    /** Enters the disk; a worker waits for its turn. */
    void begin();

    /** Leaves the disk: what follows waits for a peer, if for anything. */
    void end();
}
