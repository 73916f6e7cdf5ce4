package org.sanboot.image;

/** Is told how far a long piece of work has come, on the thread that does it. */
@FunctionalInterface
public interface Progress {

    /** Tells nobody. */
    Progress NONE = (step, done, total) -> {};

    /** What is being done. */
    enum Step {
        /** {@code qemu-img} converts the disk. */
        CONVERT,
        /** The disk's SHA-256 is computed. */
        HASH
    }

    /**
     * Hears of progress.
     *
     * @param step what is being done
     * @param done bytes so far
     * @param total bytes in all
     */
    void at(Step step, long done, long total);
}
