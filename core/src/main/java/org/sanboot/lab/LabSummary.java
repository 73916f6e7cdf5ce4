package org.sanboot.lab;

import java.time.Duration;
import org.sanboot.ByteSize;

/**
 * What a lab has done.
 *
 * @param machinesBooted how many became ready
 * @param bootsFailed how many did not
 * @param clonesMade how many disks were cloned
 * @param booting the time that boots took, added up
 * @param inUse the time that ready machines were used, added up
 * @param ending the time that power-off and rotation took, added up
 * @param keeping the time that evidence of failures took, the guests' logs included, added up
 * @param failuresKept how many disks were kept
 * @param failuresFlaky how many of those belong to something that went well when it was tried again
 * @param keptOnDisk what those of them that are still there allocate on the host's disk
 */
public record LabSummary(
        int machinesBooted,
        int bootsFailed,
        int clonesMade,
        Duration booting,
        Duration inUse,
        Duration ending,
        Duration keeping,
        int failuresKept,
        int failuresFlaky,
        ByteSize keptOnDisk) {}
