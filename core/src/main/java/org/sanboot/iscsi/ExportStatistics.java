package org.sanboot.iscsi;

/**
 * What initiators did with an export, as of one moment.
 *
 * @param reads commands that read
 * @param writes commands that wrote
 * @param bytesRead from the disks
 * @param bytesWritten to the disks
 * @param flushes commands that made data safe
 * @param unmaps commands that gave space back
 * @param sessionsNow sessions there are
 * @param sessionsTotal sessions there have been
 */
public record ExportStatistics(
        long reads,
        long writes,
        long bytesRead,
        long bytesWritten,
        long flushes,
        long unmaps,
        int sessionsNow,
        long sessionsTotal) {}
