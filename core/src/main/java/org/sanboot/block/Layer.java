package org.sanboot.block;

import java.nio.file.Path;
import java.util.List;

/** A disk in a file that an overlay can stand on. */
public sealed interface Layer extends BlockDevice permits RawDisk, Qcow2Disk, Overlay {

    /**
     * Returns where the disk lies.
     *
     * @return an absolute path
     */
    Path path();

    /**
     * Returns how it lies there.
     *
     * @return the format
     */
    DiskFormat format();

    /**
     * Opens a disk for reading only, with everything that it stands on.
     *
     * @param file the disk
     * @param format how it lies in the file
     * @return the open disk; closing it closes what it stands on
     * @throws org.sanboot.ConfigurationException when the file is missing or its format is not one that is read
     */
    static Layer open(Path file, DiskFormat format) {
        return switch (format) {
            case RAW -> RawDisk.open(file);
            case QCOW2 -> Qcow2Disk.open(file);
        };
    }

    /**
     * Opens a disk for reading only on what it is known to stand on, whatever names are in the files.
     *
     * @param layers the raw disk at the bottom first, then the qcow2 files on it
     * @return the open disk; closing it closes what it stands on
     * @throws org.sanboot.ConfigurationException when a file is missing or its format is not the one that its place demands
     */
    static Layer open(List<Path> layers) {
        Layer disk = RawDisk.open(layers.get(0));
        try {
            for (Path layer : layers.subList(1, layers.size())) {
                disk = Qcow2Disk.open(layer, disk);
            }
            return disk;
        } catch (RuntimeException e) {
            disk.close();
            throw e;
        }
    }
}
