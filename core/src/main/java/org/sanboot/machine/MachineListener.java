package org.sanboot.machine;

/** Is told what happens to a machine; each method does nothing unless overridden. */
public interface MachineListener {

    /** The machine runs. */
    default void poweredOn() {}

    /**
     * The machine is off.
     *
     * @param byGuest true when the operating system switched it off
     */
    default void poweredOff(boolean byGuest) {}

    /** The machine starts anew, by the guest's wish or the reset button; firmware may reset it more than once in a row. */
    default void wasReset() {}

    /**
     * The machine came a step further in booting from the network; only machines that do so by themselves say it.
     *
     * @param step the step that it has taken
     */
    default void networkBoot(NetworkBootStep step) {}

    /**
     * The machine's boot script could not boot from the disk; the machine restarts and tries again by itself.
     *
     * @param why a sentence without a full stop
     */
    default void networkBootFailed(String why) {}

    /**
     * The guest said that it cannot go on: a kernel panic or a bugcheck that the machine can see.
     *
     * @param what in the machine's words
     */
    default void guestPanicked(String what) {}

    /**
     * The machine broke down, though nobody switched it off.
     *
     * @param why in the machine's words
     */
    default void died(String why) {}
}
