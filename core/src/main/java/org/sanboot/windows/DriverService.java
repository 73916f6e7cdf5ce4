package org.sanboot.windows;

/**
 * A driver's entry under {@code Services}.
 *
 * @param name the key's name
 * @param start when it is loaded: 0 at boot, 1 by the kernel, 2 automatically, 3 on demand, 4 never; what {@code
 *     StartOverride} says (Windows 8 and later) comes before {@code Start}
 * @param bootFlags {@code CM_SERVICE_NETWORK_BOOT_LOAD} (1) makes it load at boot when the boot disk is on the network,
 *     unless it is disabled (Microsoft, INF AddService directive: a service of start type 4 is never started)
 * @param file whether its file is there
 */
public record DriverService(String name, int start, int bootFlags, File file) {

    /** Whether a driver's file is where its service says. */
    public enum File {
        /** It is. */
        PRESENT,
        /** It is not, or is empty, so that the driver is never loaded. */
        ABSENT,
        /** Nobody looked, or the volume could not be read there. */
        NOT_EXAMINED
    }

    /** Never loaded; also what a driver counts as that is not there. */
    static final int DISABLED = 4;

    private static final int BOOT_START = 0;
    private static final int NETWORK_BOOT_LOAD = 1;

    /**
     * Tells whether the boot loader loads the driver when the disk is on iSCSI.
     *
     * @return true for boot-start drivers, and for those that become so in the presence of an iBFT; false for disabled ones
     */
    public boolean isBootLoadable() {
        return file != File.ABSENT && (start == BOOT_START || (!isDisabled() && (bootFlags & NETWORK_BOOT_LOAD) != 0));
    }

    /** Tells whether {@code prepare} leaves the driver's start as it is, since somebody wanted it not to be loaded. */
    boolean isDisabled() {
        return start == DISABLED;
    }

    /** Tells whether no setting of its start makes it one that is loaded. */
    boolean isNotToBeLoaded() {
        return isDisabled() || file == File.ABSENT;
    }

    private String absence() {
        if (file == File.ABSENT) {
            return "its file is missing";
        }
        return isDisabled() ? "disabled" : "not loaded at boot";
    }

    /**
     * Says how the driver starts.
     *
     * @return for people, such as "Start 3, BootFlags 1, loaded at boot"
     */
    public String describe() {
        return "Start %d%s, %s"
                .formatted(
                        start,
                        bootFlags == 0 ? "" : ", BootFlags " + bootFlags,
                        isBootLoadable() ? "loaded at boot" : absence());
    }
}
