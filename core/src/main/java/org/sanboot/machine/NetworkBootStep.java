package org.sanboot.machine;

/** How far a machine has come on its way from power-on to its disk, by what the network lets see of it. */
public enum NetworkBootStep {
    /** It asked for an address by DHCP; seen only where the lab's own DHCP server answers. */
    ADDRESS_REQUESTED,
    /** Its iPXE fetched its boot script. */
    SCRIPT_FETCHED,
    /** Its boot script runs. */
    SCRIPT_RUNNING
}
