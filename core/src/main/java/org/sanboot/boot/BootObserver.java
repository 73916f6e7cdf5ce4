package org.sanboot.boot;

import java.net.InetAddress;

/** Is told how far a host has come with a boot that was offered to it; each method does nothing unless overridden. */
public interface BootObserver {

    /** The host asked for an address by DHCP; seen only where the lab's own server answers. */
    default void addressRequested() {}

    /**
     * The host asked for its script. It may do so again, when its operating system restarts.
     *
     * @param host from which address; its operating system will have the same one
     */
    default void scriptFetched(InetAddress host) {}

    /** The script runs. */
    default void scriptRunning() {}

    /**
     * The script could not boot from the disk; the host will restart and try again.
     *
     * @param error iPXE's error number, such as {@code 3d126001}
     */
    default void sanFailed(String error) {}
}
