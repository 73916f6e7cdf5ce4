package org.sanboot.image;

import java.nio.file.Path;
import java.util.function.BiFunction;

/** The making of a name's next version: until it is closed nobody else makes one, and the parent stays. */
public final class VersionInProgress implements AutoCloseable {

    private final ImageHold parent;
    private final BiFunction<Path, Progress, GoldenImage> seal;
    private final ImageLock making;

    VersionInProgress(ImageHold parent, BiFunction<Path, Progress, GoldenImage> seal, ImageLock making) {
        this.parent = parent;
        this.seal = seal;
        this.making = making;
    }

    /**
     * Returns what the version is made on.
     *
     * @return the image below
     */
    public GoldenImage parent() {
        return parent.image();
    }

    /**
     * Makes the version of what was written on top of the parent. As soon as it is there, the name means it; at any time
     * before, the name means what it meant.
     *
     * @param overlay on the parent's disk, on the catalogue's file system; it is moved
     * @param progress is told how far it is
     * @return the new version
     */
    public GoldenImage seal(Path overlay, Progress progress) {
        return seal.apply(overlay, progress);
    }

    @Override
    public void close() {
        parent.close();
        making.close();
    }
}
