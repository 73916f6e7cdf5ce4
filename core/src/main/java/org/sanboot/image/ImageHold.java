package org.sanboot.image;

import java.nio.file.Path;

/** Keeps an image from being removed until it is closed or the process ends. */
public final class ImageHold implements AutoCloseable {

    /** In an image's directory: shared by all who use it, and held alone by who takes it away. */
    static final String LOCK = "lock";

    private final GoldenImage image;
    private final ImageLock lock;

    ImageHold(GoldenImage image, ImageLock lock) {
        this.image = image;
        this.lock = lock;
    }

    /**
     * Returns what is held.
     *
     * @return the image
     */
    public GoldenImage image() {
        return image;
    }

    /**
     * Notes that a disk stands on the image, which cannot be removed as long as that disk is there.
     *
     * @param preserved the qcow2 file, which need not be there before the hold is closed: a disk that is about to be moved
     *     is noted first, so that there is no instant at which nothing protects what it stands on
     */
    public void retain(Path preserved) {
        References.of(image).add(preserved);
    }

    @Override
    public void close() {
        lock.close();
    }
}
