package org.sanboot.inventory;

/** How a host's firmware finds its boot script. */
public enum BootMethod {
    /** PXE: DHCP, then TFTP, then iPXE; by the host's own firmware. */
    PXE,
    /** UEFI HTTP boot: DHCP, then iPXE over HTTP. */
    HTTP
}
