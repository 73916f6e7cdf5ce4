package org.sanboot.block;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Disks and bytes for tests. */
final class TestDisks {

    private TestDisks() {}

    /** Makes a raw disk of random bytes with some stretches of zeros. */
    static Path golden(Path directory, int size, long seed) throws IOException {
        Random random = new Random(seed);
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        for (int i = 0; i < 4; i++) {
            int from = random.nextInt(size);
            Arrays.fill(bytes, from, Math.min(size, from + size / 16), (byte) 0);
        }
        return Files.write(directory.resolve("golden.raw"), bytes);
    }

    static Path sparse(Path file, long size) throws IOException {
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(size);
        }
        return file;
    }

    static byte[] random(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] read(BlockDevice disk, long offset, int length) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(length);
        disk.read(offset, buffer);
        byte[] bytes = new byte[length];
        buffer.flip().get(bytes);
        return bytes;
    }

    static void write(BlockDevice disk, long offset, byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        disk.write(offset, buffer);
    }

    static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    static String hash(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Bytes that the file takes on the host's disk. */
    static long allocated(Path file) throws IOException {
        return allocatedBlocks(file) * 512;
    }

    private static long allocatedBlocks(Path file) throws IOException {
        try {
            Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
            String blocks = new String(stat.getInputStream().readAllBytes()).strip();
            stat.waitFor();
            return Long.parseLong(blocks);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
