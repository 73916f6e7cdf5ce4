package org.sanboot.iscsi.session;

/**
 * Tells whether a disk has its data at hand, so that a command is best done where it is read, or makes one wait, so that
 * commands are better done side by side.
 *
 * <p>Judged by what single reads and writes took: one that took longer than a copy within memory can sends the next few to
 * the workers, until they are as quick as that again.
 */
final class DiskPace {

    /** One slow access outweighs as many quick ones. */
    private static final int WEIGHT = 16;

    private static final int HEAVIEST = 64;

    private static final long READ_NANOS = 60_000;
    private static final long WRITE_NANOS = 300_000;

    /** Nanoseconds for each byte: 1 GB/s when reading, 250 MB/s when writing. */
    private static final int READ_NANOS_PER_BYTE = 1;

    private static final int WRITE_NANOS_PER_BYTE = 4;

    /** Written by many threads without care: a lost update costs one access in the wrong place. */
    private volatile int score;

    boolean isSlow() {
        return score > 0;
    }

    void read(int bytes, long nanos) {
        note(nanos > READ_NANOS + (long) READ_NANOS_PER_BYTE * bytes);
    }

    void wrote(int bytes, long nanos) {
        note(nanos > WRITE_NANOS + (long) WRITE_NANOS_PER_BYTE * bytes);
    }

    /** Notes an access that is under way for a time that no copy within memory takes. */
    void hangs() {
        score = HEAVIEST;
    }

    private void note(boolean slow) {
        int before = score;
        if (slow) {
            score = Math.min(before + WEIGHT, HEAVIEST);
        } else if (before > 0) {
            score = before - 1;
        }
    }
}
