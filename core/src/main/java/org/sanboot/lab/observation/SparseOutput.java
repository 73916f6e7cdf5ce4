package org.sanboot.lab.observation;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Writes a new file and leaves a hole for each block of zeros, of which journals are full. Not thread-safe. */
final class SparseOutput extends OutputStream {

    private static final int BLOCK = 4096;

    private final FileChannel file;
    private final byte[] block = new byte[BLOCK];
    private int filled;
    private long position;

    SparseOutput(Path path) throws IOException {
        this.file = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int part = Math.min(length - done, BLOCK - filled);
            System.arraycopy(bytes, offset + done, block, filled, part);
            filled += part;
            done += part;
            if (filled == BLOCK) {
                writeBlock();
            }
        }
    }

    private void writeBlock() throws IOException {
        if (!Arrays.equals(block, 0, filled, new byte[BLOCK], 0, filled)) {
            ByteBuffer content = ByteBuffer.wrap(block, 0, filled);
            while (content.hasRemaining()) {
                file.write(content, position + content.position());
            }
        }
        position += filled;
        filled = 0;
    }

    /** Gives the file its whole length, also when it ends with a hole. */
    @Override
    public void close() throws IOException {
        if (!file.isOpen()) {
            return;
        }
        try (file) {
            writeBlock();
            if (file.size() < position) {
                file.write(ByteBuffer.allocate(1), position - 1);
            }
        }
    }
}
