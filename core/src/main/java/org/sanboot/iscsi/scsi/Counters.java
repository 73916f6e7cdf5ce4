package org.sanboot.iscsi.scsi;

import java.util.concurrent.atomic.LongAdder;

/** What the commands of a target did to its disks. */
public final class Counters {

    final LongAdder reads = new LongAdder();
    final LongAdder writes = new LongAdder();
    final LongAdder bytesRead = new LongAdder();
    final LongAdder bytesWritten = new LongAdder();
    final LongAdder flushes = new LongAdder();
    final LongAdder unmaps = new LongAdder();

    /**
     * Returns how many commands read.
     *
     * @return a count
     */
    public long reads() {
        return reads.sum();
    }

    /**
     * Returns how many commands wrote.
     *
     * @return a count
     */
    public long writes() {
        return writes.sum();
    }

    /**
     * Returns how much was read.
     *
     * @return bytes
     */
    public long bytesRead() {
        return bytesRead.sum();
    }

    /**
     * Returns how much was written.
     *
     * @return bytes
     */
    public long bytesWritten() {
        return bytesWritten.sum();
    }

    /**
     * Returns how many commands made data safe.
     *
     * @return a count
     */
    public long flushes() {
        return flushes.sum();
    }

    /**
     * Returns how many commands gave space back.
     *
     * @return a count
     */
    public long unmaps() {
        return unmaps.sum();
    }
}
