package org.sanboot.block;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.sanboot.ConfigurationException;

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

    /**
     * Looks at the first bytes of a file. Only for a file that its user named: a guest may write what looks like a
     * qcow2 header to the start of its raw disk.
     *
     * @param file the disk
     * @return qcow2 when its magic number is there, raw otherwise
     * @throws ConfigurationException when the file cannot be read
     */
    public static DiskFormat detect(Path file) {
        ByteBuffer start = ByteBuffer.allocate(Integer.BYTES);
        try (PositionalFile opened = PositionalFile.openForReading(file)) {
            if (opened.size() < start.capacity()) {
                return RAW;
            }
            opened.read(0, start);
        }
        return start.getInt(0) == Qcow2Header.MAGIC ? QCOW2 : RAW;
    }
}
