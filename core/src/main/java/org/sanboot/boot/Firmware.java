package org.sanboot.boot;

/** What starts a machine before any operating system does. */
public enum Firmware {
    /** The PC BIOS with interrupt 13h, as SeaBIOS provides it. */
    BIOS,
    /** The Unified Extensible Firmware Interface, as OVMF provides it. */
    UEFI
}
