package org.sanboot.junit;

/** What a crash of the guest, such as a kernel panic or a stop screen, means for its test. */
public enum GuestCrash {
    /** The test fails, even if every assertion passed, unless it switched the machine's power itself after the crash. */
    FAILURE,
    /** The test expects it, and looks at it by itself. */
    EXPECTED
}
