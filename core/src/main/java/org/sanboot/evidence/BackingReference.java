package org.sanboot.evidence;

import java.nio.file.Path;

/** Is told that a kept disk stands on a golden image, which must not be removed before it. */
@FunctionalInterface
public interface BackingReference {

    /**
     * Notes that a disk stands on an image. The note counts for as long as the disk exists.
     *
     * @param image the golden image's name
     * @param disk the kept overlay
     */
    void retain(String image, Path disk);
}
