package org.sanboot.junit;

/** What starts a machine before its operating system does. */
public enum FirmwareChoice {
    /** The first one that the image knows. */
    AUTO,
    /** The PC BIOS. */
    BIOS,
    /** The Unified Extensible Firmware Interface. */
    UEFI
}
