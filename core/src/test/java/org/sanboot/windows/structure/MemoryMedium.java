package org.sanboot.windows.structure;

import java.nio.ByteBuffer;

/** Bytes in memory as a medium. */
public class MemoryMedium implements Medium {

    private final byte[] bytes;

    public MemoryMedium(byte[] bytes) {
        this.bytes = bytes;
    }

    @Override
    public long size() {
        return bytes.length;
    }

    @Override
    public void read(long offset, ByteBuffer destination) {
        requireInside("The test's medium", offset, destination.remaining());
        destination.put(bytes, (int) offset, destination.remaining());
    }

    @Override
    public void write(long offset, ByteBuffer source) {
        requireInside("The test's medium", offset, source.remaining());
        source.get(bytes, (int) offset, source.remaining());
    }
}
