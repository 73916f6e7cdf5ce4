package org.sanboot.lab;

/** How a machine comes to a guest that is ready. */
public enum Start {

    /** By its firmware, from the golden image, as any machine does that is switched on. */
    COLD,

    /**
     * From the memory of a machine with the same image and the same parts, which this run has booted before and saved as
     * soon as its guest was ready, with the disk as it was at that instant; the first one boots, and is saved.
     *
     * <p>The guest finds its connections broken and logs in to the target again. Its clock is set, and its kernel takes new
     * random numbers; it is told apart from others of its kind by nothing else. For Linux guests on virtual machines
     * without a TPM and without a private network; all others, and one that cannot go on from what was saved, boot, and
     * the reason is printed.
     *
     * <p>What is saved takes as much of this host's disk as the guest uses of its memory, for each kind of machine and once
     * more for each that is on at the same time, until the run ends.
     */
    WARM
}
