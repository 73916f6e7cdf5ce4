package org.sanboot.iscsi;

import java.time.Duration;
import java.util.List;

/** Notes the commands of an export from its start until it is closed. Safe for use by several threads. */
public interface Trace extends AutoCloseable {

    /**
     * One command that ended.
     *
     * @param start when it came, since the trace began
     * @param latency until it was answered
     * @param tsih of the session that sent it
     * @param command name in capitals, as {@code READ_10}
     * @param firstBlock logical block address; -1 where the command has none
     * @param blocks how many; 0 where the command has none
     * @param status SCSI status, 0 for GOOD
     */
    record Entry(
            Duration start, Duration latency, int tsih, String command, long firstBlock, long blocks, int status) {}

    /**
     * Returns the commands that ended so far, in that order.
     *
     * @return a copy, no longer than a million entries; what came later is left out
     */
    List<Entry> entries();

    /** Stops; entries stay. */
    @Override
    void close();
}
