package org.sanboot.block;

/** How a disk lies in its file. */
public enum DiskFormat {
    /** Byte n of the disk is byte n of the file. */
    RAW("raw"),
    /** QEMU's copy-on-write format, version 2 or 3. */
    QCOW2("qcow2");

    private final String qemuName;

    DiskFormat(String qemuName) {
        this.qemuName = qemuName;
    }

    /**
     * Returns what QEMU calls the format.
     *
     * @return the name that {@code qemu-img} takes and that a backing format extension holds
     */
    public String qemuName() {
        return qemuName;
    }
}
