package org.sanboot.evidence;

import java.nio.file.Path;

/** Is told that a kept disk stands on a golden image, which must not be removed before it. */
@FunctionalInterface
public interface BackingReference {

    /**
     * Notes that a disk stands on an image. The note counts for as long as the disk exists, which need
     * not be there yet; noting it again does nothing.
     *
     * @param image the golden image's name
     * @param disk the kept overlay
     */
    void retain(String image, Path disk);

    /**
     * Takes such a note back, of a disk that is gone or was not kept after all.
     *
     * @param image the golden image's name
     * @param disk as it was noted
     */
    default void release(String image, Path disk) {}
}
