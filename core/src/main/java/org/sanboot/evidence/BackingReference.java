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

    /**
     * Keeps an image from being removed while a disk that stands on it is moved, and so is where no note says.
     *
     * @param image the golden image's name
     * @return what ends it
     */
    default Hold hold(String image) {
        return () -> {};
    }

    /** An image that stays for the time being. */
    @FunctionalInterface
    interface Hold extends AutoCloseable {
        @Override
        void close();
    }
}
