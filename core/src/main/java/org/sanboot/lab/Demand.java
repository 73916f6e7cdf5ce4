package org.sanboot.lab;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;

/**
 * What machines take: virtual ones of this computer, and physical hosts, which take nothing of it.
 *
 * @param machines how many virtual machines, at least 0
 * @param memoryMebibytes their memory in MiB, at least 0
 * @param hosts how many physical hosts of each kind, by the names of those that will do, the preferred one first
 */
public record Demand(int machines, long memoryMebibytes, Map<List<String>, Integer> hosts) {

    /** Takes nothing. */
    public static final Demand NONE = new Demand(0, 0);

    /** Checks and copies the values. */
    public Demand {
        hosts = Collections.unmodifiableMap(new LinkedHashMap<>(hosts));
        if (machines < 0 || memoryMebibytes < 0) {
            throw new IllegalArgumentException(
                    "a demand cannot be negative: %d machines, %d MiB".formatted(machines, memoryMebibytes));
        }
    }

    /**
     * Takes no physical host.
     *
     * @param machines how many virtual machines, at least 0
     * @param memoryMebibytes their memory in MiB, at least 0
     */
    public Demand(int machines, long memoryMebibytes) {
        this(machines, memoryMebibytes, Map.of());
    }

    /**
     * Takes one physical host.
     *
     * @param names of the hosts that will do, the preferred one first
     * @return the demand
     */
    public static Demand ofHost(List<String> names) {
        return new Demand(0, 0, Map.of(List.copyOf(names), 1));
    }

    /**
     * Returns what it takes of this computer.
     *
     * @return this without the physical hosts
     */
    public Demand ofThisComputer() {
        return new Demand(machines, memoryMebibytes);
    }

    /**
     * Returns what both take together.
     *
     * @param other runs at the same time
     * @return the sum
     */
    public Demand plus(Demand other) {
        return new Demand(
                machines + other.machines, memoryMebibytes + other.memoryMebibytes, joined(other, Integer::sum));
    }

    /**
     * Returns what is left of this computer when something is taken out of this.
     *
     * @param other at most as much as this
     * @return the difference
     */
    public Demand minus(Demand other) {
        return new Demand(machines - other.machines, memoryMebibytes - other.memoryMebibytes);
    }

    /**
     * Returns what covers either.
     *
     * @param other does not run at the same time
     * @return the larger number of machines, of hosts of each kind, and the larger memory
     */
    public Demand orLarger(Demand other) {
        return new Demand(
                Math.max(machines, other.machines),
                Math.max(memoryMebibytes, other.memoryMebibytes),
                joined(other, Integer::max));
    }

    private Map<List<String>, Integer> joined(Demand other, BinaryOperator<Integer> join) {
        Map<List<String>, Integer> all = new LinkedHashMap<>(hosts);
        other.hosts.forEach((names, count) -> all.merge(names, count, join));
        return all;
    }

    /**
     * Returns the part of this that a limit of this computer leaves.
     *
     * @param limit the most there is
     * @return the smaller number of machines and the smaller memory
     */
    public Demand within(Demand limit) {
        return new Demand(Math.min(machines, limit.machines), Math.min(memoryMebibytes, limit.memoryMebibytes));
    }

    /**
     * Tells whether there is room for this.
     *
     * @param room what there is
     * @return true when neither machines nor memory are missing
     */
    public boolean fitsInto(Demand room) {
        return machines <= room.machines && memoryMebibytes <= room.memoryMebibytes;
    }
}
