package org.sanboot.windows.ntfs;

import java.nio.ByteBuffer;
import org.sanboot.windows.structure.Medium;

/** A file's unnamed data: read as it is, and overwritten in place where that touches nothing else. */
public final class NtfsFile implements Medium {

    private final String path;
    private final Stream data;
    private final boolean reparsePoint;

    NtfsFile(String path, Stream data, boolean reparsePoint) {
        this.path = path;
        this.data = data;
        this.reparsePoint = reparsePoint;
    }

    /**
     * Returns the path.
     *
     * @return from the volume's root, with backslashes
     */
    public String path() {
        return path;
    }

    @Override
    public long size() {
        return data.size();
    }

    /**
     * Returns how much of the file can be overwritten without changing the file system's own structures.
     *
     * @return bytes from its beginning on; 0 when none can
     */
    public long sizeInPlace() {
        return data.sizeInPlace();
    }

    /**
     * Tells whether NTFS compresses the data; reading it is refused then.
     *
     * @return true for LZNT1 compression
     */
    public boolean isCompressed() {
        return data.isCompressed();
    }

    /**
     * Tells whether the data is encrypted by EFS; reading it is refused then.
     *
     * @return true when it is
     */
    public boolean isEncrypted() {
        return data.isEncrypted();
    }

    /**
     * Tells whether parts of the file have no place on the disk.
     *
     * @return true when it is marked as sparse or has holes
     */
    public boolean isSparse() {
        return data.isSparse();
    }

    /**
     * Tells whether the data stands in the file record itself, which only the smallest files' does.
     *
     * @return true when it does
     */
    public boolean isResident() {
        return data.isResident();
    }

    /**
     * Tells whether what an open of the file gives is elsewhere: a link, or contents compressed by CompactOS.
     *
     * @return true when it has a reparse point
     */
    public boolean isReparsePoint() {
        return reparsePoint;
    }

    /**
     * Returns how many pieces the file is in.
     *
     * @return 0 when it is resident or empty
     */
    public int pieces() {
        return data.pieces();
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        data.read(offset, destination);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        data.write(offset, source);
    }
}
