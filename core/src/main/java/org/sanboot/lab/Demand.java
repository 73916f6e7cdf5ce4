package org.sanboot.lab;

/**
 * What machines take of this computer. A physical host takes nothing of it.
 *
 * @param machines how many virtual machines, at least 0
 * @param memoryMebibytes their memory in MiB, at least 0
 */
public record Demand(int machines, long memoryMebibytes) {

    /** Takes nothing. */
    public static final Demand NONE = new Demand(0, 0);

    /** Checks the values. */
    public Demand {
        if (machines < 0 || memoryMebibytes < 0) {
            throw new IllegalArgumentException(
                    "a demand cannot be negative: %d machines, %d MiB".formatted(machines, memoryMebibytes));
        }
    }

    /**
     * Returns what both take together.
     *
     * @param other runs at the same time
     * @return the sum
     */
    public Demand plus(Demand other) {
        return new Demand(machines + other.machines, memoryMebibytes + other.memoryMebibytes);
    }

    /**
     * Returns what is left when something is taken out of this.
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
     * @return the larger number of machines and the larger memory
     */
    public Demand orLarger(Demand other) {
        return new Demand(Math.max(machines, other.machines), Math.max(memoryMebibytes, other.memoryMebibytes));
    }

    /**
     * Returns the part of this that a limit leaves.
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
