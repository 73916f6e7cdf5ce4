package org.sanboot.image;

/** What kind of operating system a golden image has, as far as machines and commands differ by it. */
public enum GuestFamily {
    /** Any Linux distribution. */
    LINUX,
    /** Microsoft Windows, client or server. */
    WINDOWS,
    /** Something else; nothing is assumed of it. */
    OTHER
}
