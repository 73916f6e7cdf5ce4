package org.sanboot.junit;

/** How often a machine gets a fresh clone of its image. */
public enum Revert {
    /** For every test; each invocation of a parameterized or repeated test is one, a test factory is one as a whole. */
    PER_TEST,
    /**
     * Once for the class: its tests and those of its nested classes share one machine and see what others left, as do all
     * invocations of a parameterized class. In a parallel run the tests of such a class run one after the other. The disk is
     * set aside at each failure, while the machine runs on, and kept as each failed test left it.
     */
    PER_CLASS
}
