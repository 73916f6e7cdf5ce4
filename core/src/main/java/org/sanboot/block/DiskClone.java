package org.sanboot.block;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.StampedLock;
import org.sanboot.ConfigurationException;

/**
 * A machine's disk: a working overlay on a base, which is a golden image and any number of sealed overlays on it.
 *
 * <p>Whoever reads and writes keeps this one device while the overlay below it is set aside ({@link #rotate}), sealed
 * under a new one ({@link #snapshot}) or thrown away ({@link #revert}); each takes the same short time whatever was
 * written, and waits for what is under way. Any number of threads may use it.
 */
public final class DiskClone implements BlockDevice {

    private final Path path;
    private final Durability durability;
    private final long size;
    private final StampedLock lock = new StampedLock();

    /** What it was made on. */
    private final Layer bottom;

    /** What rotate, snapshot and revert exchange; guarded by the lock, as is all that follows. */
    private Layer base;

    private Overlay working;
    private final List<Layer> sealed = new ArrayList<>();
    private boolean closed;

    private DiskClone(Layer base, Path path, Durability durability) {
        this.path = path.toAbsolutePath();
        this.durability = durability;
        this.bottom = base;
        this.base = base;
        this.size = base.size();
        this.working = Overlay.create(this.path, base, durability);
    }

    /**
     * Makes a clone, which takes the same short time for any size.
     *
     * @param base what shows through; it must stay open, and stays the caller's to close
     * @param path of the working overlay; no file may be there
     * @param durability what a flush promises
     * @return the clone, to be closed; its file stays
     * @throws org.sanboot.ConfigurationException when the file cannot be made
     */
    public static DiskClone create(Layer base, Path path, Durability durability) {
        return new DiskClone(base, path, durability);
    }

    /** A state of a clone that it can go back to, until the clone is closed. */
    public static final class Snapshot {

        private final Layer layer;

        private Snapshot(Layer layer) {
            this.layer = layer;
        }

        /**
         * Returns the sealed overlay.
         *
         * @return a qcow2 file
         */
        public Path path() {
            return layer.path();
        }
    }

    /**
     * Returns where the working overlay lies, now and after every rotation.
     *
     * @return a qcow2 file
     */
    public Path path() {
        return path;
    }

    /**
     * Sets the working overlay aside, complete and read-only, and goes on with an empty one on the same base.
     *
     * @param aside where the old one is afterwards, on the same file system; nothing may be there
     * @throws org.sanboot.ConfigurationException when it cannot be moved there; the clone is as before
     */
    public void rotate(Path aside) {
        long stamp = lock.writeLock();
        try {
            checkOpen();
            Overlay old = working;
            Overlay next = prepare(base, base.path());
            sealOrUndo(old, aside, next);
            use(next);
            old.close();
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /**
     * Seals the working overlay as a layer and goes on with an empty one on top of it.
     *
     * @param layer where the sealed one is afterwards, on the same file system; nothing may be there
     * @return what {@link #revertTo} takes
     * @throws org.sanboot.ConfigurationException when it cannot be moved there; the clone is as before
     */
    public Snapshot snapshot(Path layer) {
        long stamp = lock.writeLock();
        try {
            checkOpen();
            Overlay old = working;
            Overlay next = prepare(old, layer);
            sealOrUndo(old, layer, next);
            sealed.add(old);
            base = old;
            use(next);
            return new Snapshot(old);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Forgets what was written since the clone was made, or since its last rotation, snapshot or revert. */
    public void revert() {
        long stamp = lock.writeLock();
        try {
            checkOpen();
            startOver(base);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /**
     * Goes back to a snapshot, from whatever state. Other snapshots, later ones too, remain to be gone to.
     *
     * @param snapshot one of this clone's
     * @throws IllegalArgumentException when it is another clone's
     */
    public void revertTo(Snapshot snapshot) {
        long stamp = lock.writeLock();
        try {
            checkOpen();
            if (!sealed.contains(snapshot.layer)) {
                throw new IllegalArgumentException(
                        "Snapshot " + snapshot.path() + " is not one of clone " + path + ".");
            }
            startOver(snapshot.layer);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /** Goes back to what the clone was made on, from whatever state. Snapshots remain to be gone to. */
    public void startOver() {
        long stamp = lock.writeLock();
        try {
            checkOpen();
            startOver(bottom);
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    /**
     * Takes over a snapshot of another clone.
     *
     * @param layer what {@link #snapshot} sealed, of a clone that was made on the same base
     * @return what {@link #revertTo} takes
     * @throws org.sanboot.ConfigurationException when it cannot be read, or is the snapshot of a larger or smaller disk
     */
    public Snapshot adopt(Path layer) {
        Layer opened = Layer.open(layer, DiskFormat.QCOW2);
        long stamp = lock.writeLock();
        try {
            checkOpen();
            if (opened.size() != size) {
                throw new ConfigurationException(
                        "Snapshot %s has %d bytes, and clone %s has %d.".formatted(layer, opened.size(), path, size));
            }
            sealed.add(opened);
            return new Snapshot(opened);
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        } finally {
            lock.unlockWrite(stamp);
        }
    }

    private void startOver(Layer from) {
        Overlay next = prepare(from, from.path());
        working.discard();
        base = from;
        use(next);
    }

    /** Makes the next overlay beside the working one, so that a full disk leaves everything as it was. */
    private Overlay prepare(Layer below, Path pathBelow) {
        return Overlay.create(path.resolveSibling(path.getFileName() + ".next"), below, pathBelow, durability);
    }

    private static void sealOrUndo(Overlay old, Path target, Overlay next) {
        try {
            old.seal(target);
        } catch (RuntimeException e) {
            next.discard();
            throw e;
        }
    }

    private void use(Overlay next) {
        next.moveTo(path);
        working = next;
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("Clone " + path + " is closed.");
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        long stamp = lock.readLock();
        try {
            working.read(offset, destination);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        long stamp = lock.readLock();
        try {
            working.write(offset, source);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void zero(long offset, long length) {
        long stamp = lock.readLock();
        try {
            working.zero(offset, length);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public void flush() {
        long stamp = lock.readLock();
        try {
            working.flush();
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public Extent extent(long offset) {
        long stamp = lock.readLock();
        try {
            return working.extent(offset);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    @Override
    public Extent extent(long offset, long length) {
        long stamp = lock.readLock();
        try {
            return working.extent(offset, length);
        } finally {
            lock.unlockRead(stamp);
        }
    }

    /** Deletes the working overlay and closes the clone; snapshots and what was set aside stay. */
    public void discard() {
        end(true);
    }

    /** {@inheritDoc} What was written is flushed and its file stays, to be opened by {@link Overlay#open}. */
    @Override
    public void close() {
        end(false);
    }

    private void end(boolean discard) {
        long stamp = lock.writeLock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            if (discard) {
                working.discard();
            } else {
                working.close();
            }
        } finally {
            sealed.forEach(Layer::close);
            lock.unlockWrite(stamp);
        }
    }
}
