package org.sanboot.lab;

import java.time.Duration;

/**
 * What a lab has done.
 *
 * @param machinesBooted how many became ready
 * @param bootsFailed how many did not
 * @param booting the time that boots took, added up
 * @param inUse the time that ready machines were used, added up
 * @param ending the time that power-off and rotation took, added up
 * @param failuresKept how many disks were kept
 */
public record LabSummary(
        int machinesBooted, int bootsFailed, Duration booting, Duration inUse, Duration ending, int failuresKept) {}
