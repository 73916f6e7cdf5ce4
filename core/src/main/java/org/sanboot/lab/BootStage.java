package org.sanboot.lab;

/** How far a machine has come on its way to ready, as observed from outside of it. */
public enum BootStage {
    /** Its disk is cloned and exported. */
    CLONED("disk cloned"),
    /** It runs. */
    POWERED_ON("powered on"),
    /** It goes on from a saved machine's memory; with {@link Start#WARM} only, and then without the stages of a boot. */
    RESUMED("resumed"),
    /** Its firmware asked for an address by DHCP; physical hosts only, where the lab's own DHCP server sees it. */
    ADDRESS_REQUESTED("address requested"),
    /** Its iPXE fetched its boot script; physical hosts only. */
    SCRIPT_FETCHED("boot script fetched"),
    /** Its boot script runs; physical hosts only. */
    SCRIPT_RUNNING("boot script running"),
    /** Its firmware logged in to the target. */
    FIRMWARE_LOGIN("firmware login"),
    /** Its firmware read the first block. */
    FIRST_READ("first read"),
    /** Its operating system logged in to the target, beside or after the firmware. */
    OPERATING_SYSTEM_LOGIN("operating system login"),
    /** Its guest runs commands. */
    GUEST_READY("guest ready");

    private final String title;

    BootStage(String title) {
        this.title = title;
    }

    /**
     * Returns the stage as it is printed.
     *
     * @return a few words in lower case
     */
    public String title() {
        return title;
    }
}
