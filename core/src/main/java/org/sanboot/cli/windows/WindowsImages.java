package org.sanboot.cli.windows;

import java.util.List;
import java.util.Optional;
import org.sanboot.block.BlockDevice;
import org.sanboot.windows.TargetMachine;

/** Where the commands find images, and put new versions of them. */
public interface WindowsImages {

    /**
     * Opens a disk to read it.
     *
     * @param imageOrFile an image of the catalogue, or else a raw or qcow2 file
     * @return the disk, to be closed; its writes need not work
     * @throws org.sanboot.ConfigurationException when there is no such image or file
     */
    BlockDevice open(String imageOrFile);

    /**
     * Starts a new version of an image: a clone that takes the writes.
     *
     * @param image an image of the catalogue
     * @return the version in the making, to be sealed or closed
     * @throws org.sanboot.ConfigurationException when there is no such image
     */
    NewVersion derive(String image);

    /**
     * Lists the versions of an image that {@link NewVersion#seal()} has named.
     *
     * @param image an image of the catalogue
     * @return names to {@link #open} them by; one that is being removed may be among them
     */
    List<String> prepared(String image);

    /**
     * Lists the machine types to judge for.
     *
     * @param imageOrFile what is judged
     * @return those of the inventory, virtual ones with the image's card; for a file all of QEMU's network cards
     */
    default List<TargetMachine> machines(String imageOrFile) {
        return TargetMachine.qemu();
    }

    /** A version of an image that exists only once it is sealed. */
    interface NewVersion extends AutoCloseable {

        /**
         * Returns the disk.
         *
         * @return takes writes, and is closed with the version
         */
        BlockDevice device();

        /**
         * Returns what {@link #seal()} would call it.
         *
         * @return free when the version was begun
         */
        String name();

        /**
         * Makes the version one of {@link WindowsImages#prepared}, durably, and at once or not at all.
         *
         * @return its name, or nothing when somebody else took that name at the same time; the version is lost then
         */
        Optional<String> seal();

        /**
         * Makes the version an image of a name of its own, likewise.
         *
         * @param name not taken by any other
         */
        void seal(String name);

        /** Discards the version unless it was sealed. */
        @Override
        void close();
    }
}
