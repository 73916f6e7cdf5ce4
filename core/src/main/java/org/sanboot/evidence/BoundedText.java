package org.sanboot.evidence;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Copies texts of any length into the evidence, without the secrets and without the middle of what is too long. */
final class BoundedText {

    /** What a guest that prints all day may fill, in bytes; a person searches less. */
    static final int LONGEST = 32 << 20;

    private static final int LONGEST_LINE = 16 << 10;

    private BoundedText() {}

    /**
     * Copies a text.
     *
     * @param longest how many bytes of it may be taken, at least 256 KiB
     * @return how many bytes were left out
     */
    static long copy(Path source, Path target, Redaction redaction, int longest) throws IOException {
        if (Files.notExists(source)) {
            throw new NoSuchFileException(source.toString());
        }
        try (var text = new RandomAccessFile(source.toFile(), "r");
                OutputStream out = new BufferedOutputStream(
                        Files.newOutputStream(target, StandardOpenOption.CREATE_NEW), 1 << 16)) {
            long length = text.length();
            if (length <= longest) {
                redaction.copy(Channels.newInputStream(text.getChannel()), out);
                return 0;
            }
            // Between lines, because a secret that lies across a cut would be half there.
            long head = lineEnd(text, longest / 8 - LONGEST_LINE, longest / 8);
            long tail = lineEnd(text, length - longest + head, length - longest + head + LONGEST_LINE);
            redaction.copy(new Piece(text, 0, head), out);
            long omitted = tail - head;
            out.write("\n... %d bytes are left out here, of %d: texts are kept up to %d bytes ...\n"
                    .formatted(omitted, length, longest)
                    .getBytes(StandardCharsets.UTF_8));
            redaction.copy(new Piece(text, tail, length - tail), out);
            return omitted;
        }
    }

    /** Returns where a line begins between two places; the later one when there is none. */
    private static long lineEnd(RandomAccessFile text, long from, long to) throws IOException {
        text.seek(from);
        byte[] piece = new byte[(int) (to - from)];
        text.readFully(piece);
        for (int i = piece.length - 1; i >= 0; i--) {
            if (piece[i] == '\n') {
                return from + i + 1;
            }
        }
        return to;
    }

    /** A part of a file. */
    private static final class Piece extends InputStream {

        private final RandomAccessFile file;
        private long left;

        Piece(RandomAccessFile file, long from, long length) throws IOException {
            this.file = file;
            this.left = length;
            file.seek(from);
        }

        @Override
        public int read() throws IOException {
            return left-- > 0 ? file.read() : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (left <= 0) {
                return -1;
            }
            int count = file.read(buffer, offset, (int) Math.min(length, left));
            left -= Math.max(0, count);
            return count;
        }
    }
}
