package org.sanboot.block;

/**
 * Bytes of a disk that a file determines by itself, whatever is below it.
 *
 * @param offset in bytes from the beginning of the disk
 * @param length in bytes, at least one
 */
public record StoredRun(long offset, long length) {

    /**
     * Returns where the run ends.
     *
     * @return the offset of the first byte behind it
     */
    public long end() {
        return offset + length;
    }
}
