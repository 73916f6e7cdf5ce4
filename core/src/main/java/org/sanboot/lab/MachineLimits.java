package org.sanboot.lab;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Objects;
import org.sanboot.ByteSize;
import org.sanboot.ConfigurationException;

/**
 * How much of this computer the virtual machines of all runs with one home may take.
 *
 * @param count how many may run at once, at least 1
 * @param memory how much memory they may have together, at least 1 MiB; a machine that is larger runs when no other does
 * @param timeout how long to wait for room, more than zero
 */
public record MachineLimits(int count, ByteSize memory, Duration timeout) {

    /** As long as for physical hosts: a queue that moves gets through, and one that stands is noticed. */
    private static final Duration TIMEOUT = Duration.ofHours(1);

    private static final int MEBIBYTE_SHIFT = 20;

    /** Checks the values. */
    public MachineLimits {
        Objects.requireNonNull(memory, "memory");
        if (count < 1) {
            throw new ConfigurationException("The machine budget (%d) must be at least 1.".formatted(count));
        }
        if (memory.bytes() >> MEBIBYTE_SHIFT < 1) {
            throw new ConfigurationException(
                    "The memory for all machines (%s) must be at least 1 MiB.".formatted(memory));
        }
        if (timeout.isZero() || timeout.isNegative()) {
            throw new ConfigurationException("machineTimeout (%s) must be more than zero.".formatted(timeout));
        }
    }

    /**
     * Returns the defaults of this computer: a machine for each processor but at least two, which tests of a connection
     * need; three quarters of the memory; an hour of patience.
     *
     * @return the limits
     */
    public static MachineLimits defaults() {
        return new MachineLimits(
                Math.max(2, Runtime.getRuntime().availableProcessors()),
                new ByteSize(memoryOfComputer() / 4 * 3),
                TIMEOUT);
    }

    /**
     * Returns these limits with another number of machines.
     *
     * @param machines how many may run at once, at least 1
     * @return other limits
     */
    public MachineLimits withCount(int machines) {
        return new MachineLimits(machines, memory, timeout);
    }

    /**
     * Returns these limits as a demand that would use all of them.
     *
     * @return the most there is
     */
    public Demand asDemand() {
        return new Demand(count, memory.bytes() >> MEBIBYTE_SHIFT);
    }

    /** In a container, this is the container's. */
    private static long memoryOfComputer() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }
}
