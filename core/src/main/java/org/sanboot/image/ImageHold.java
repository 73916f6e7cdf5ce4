package org.sanboot.image;

/** Keeps an image from being removed until it is closed or the process ends. */
public final class ImageHold implements AutoCloseable {

    private final GoldenImage image;
    private final Runnable release;
    private boolean closed;

    ImageHold(GoldenImage image, Runnable release) {
        this.image = image;
        this.release = release;
    }

    /**
     * Returns what is held.
     *
     * @return the image
     */
    public GoldenImage image() {
        return image;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            release.run();
        }
    }
}
