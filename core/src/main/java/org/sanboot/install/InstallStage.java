package org.sanboot.install;

/** How far an installation has come, as observed from outside of the machine. A restart goes through some of them again. */
public enum InstallStage {
    /** The blank disk is exported, and answers are at hand. */
    PREPARED("blank disk exported"),
    /** The machine runs. */
    POWERED_ON("powered on"),
    /** The firmware attached the disk and goes on to the installer. */
    INSTALLER_BOOT("installer boots"),
    /** The firmware boots from the disk. */
    DISK_BOOT("installed disk boots"),
    /** The firmware logged in to the target. */
    FIRMWARE_LOGIN("firmware login"),
    /** The installer logged in to the target, by what the iBFT says. */
    INSTALLER_LOGIN("installer login"),
    /** The installer wrote to the disk for the first time. */
    FIRST_WRITE("first write"),
    /** The installed system logged in to the target. */
    SYSTEM_LOGIN("installed system login"),
    /** Still at it; said every minute, and how much is written. */
    WORKING("working"),
    /** The end was recognised. */
    COMPLETE("installation complete"),
    /** The machine is off. */
    POWERED_OFF("powered off"),
    /** The disk is a golden image. */
    SEALED("image sealed");

    private final String title;

    InstallStage(String title) {
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
