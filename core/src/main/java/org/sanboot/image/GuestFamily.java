package org.sanboot.image;

/** The kind of operating system in an image, as far as Sanboot treats it differently. */
public enum GuestFamily {
    /** Any Linux with an ssh server. */
    LINUX,
    /** Any Windows with an ssh server. */
    WINDOWS,
    /** Anything else that boots and has an ssh server. */
    OTHER
}
