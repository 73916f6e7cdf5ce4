package org.sanboot.junit;

/** When a machine's disk is kept, with all that was recorded of the machine. */
public enum Preserve {
    /** When the test failed; with {@link Revert#PER_CLASS}, when anything in the class failed. */
    ON_FAILURE,
    /** Whether the test failed or not. */
    ALWAYS,
    /** At no time. */
    NEVER
}
