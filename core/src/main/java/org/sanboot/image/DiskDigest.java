package org.sanboot.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.sanboot.block.Layer;
import org.sanboot.block.Qcow2Disk;
import org.sanboot.block.RawDisk;
import org.sanboot.block.StoredRun;

/**
 * The digest that identifies a disk: the SHA-256 of what it is based on, its size, and the number and the bytes of each block of
 * 64 KiB that is stored. What is not stored costs nothing.
 *
 * <p>Of a raw disk all blocks count that are not zeros throughout, so that its digest depends on its bytes alone and not on
 * where its file has holes. It is based on nothing. A version is based on its parent's digest, and all blocks count that its file has
 * anything of.
 */
final class DiskDigest {

    private static final int BLOCK = 64 << 10;
    private static final byte[] ZEROS = new byte[BLOCK];
    private static final String RAW = "sanboot raw disk 1\n";
    private static final String VERSION = "sanboot version 1\n";

    private final MessageDigest digest = sha256();
    private final Layer disk;
    private final boolean zerosCount;
    private final Progress progress;
    private final ByteBuffer block = ByteBuffer.allocate(BLOCK);

    private DiskDigest(Layer disk, boolean zerosCount, Progress progress) {
        this.disk = disk;
        this.zerosCount = zerosCount;
        this.progress = progress;
    }

    /**
     * Computes the digest of a raw disk.
     *
     * @param file the disk
     * @param stored where the file may have other bytes than zeros, in order
     */
    static String ofRaw(Path file, Iterable<StoredRun> stored, Progress progress) {
        try (Layer disk = RawDisk.open(file)) {
            return new DiskDigest(disk, false, progress).of(RAW, stored);
        }
    }

    /**
     * Computes the digest of a version.
     *
     * @param disk the sealed overlay with all that it stands on
     * @param parent the digest of what it stands on
     */
    static String ofVersion(Qcow2Disk disk, String parent, Progress progress) {
        return new DiskDigest(disk, true, progress).of(VERSION + parent + "\n", () -> runs(disk));
    }

    /** Computes what identified images once: the SHA-256 of all bytes, whether stored or not. */
    static String ofAllBytes(Layer disk, Progress progress) {
        MessageDigest digest = sha256();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        for (long offset = 0; offset < disk.size(); offset += buffer.limit()) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), disk.size() - offset));
            disk.read(offset, buffer);
            digest.update(buffer.flip());
            progress.at(Progress.Step.HASH, offset + buffer.limit(), disk.size());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static Iterator<StoredRun> runs(Qcow2Disk disk) {
        return new Iterator<>() {
            private Optional<StoredRun> next = disk.stored(0);

            @Override
            public boolean hasNext() {
                return next.isPresent();
            }

            @Override
            public StoredRun next() {
                StoredRun run = next.orElseThrow(NoSuchElementException::new);
                next = disk.stored(run.end());
                return run;
            }
        };
    }

    private String of(String base, Iterable<StoredRun> stored) {
        digest.update(base.getBytes(StandardCharsets.UTF_8));
        updateNumber(disk.size());
        long done = 0; // blocks up to here have counted
        for (StoredRun run : stored) {
            long first = Math.max(done, run.offset() / BLOCK);
            long end = (Math.min(run.end(), disk.size()) + BLOCK - 1) / BLOCK;
            for (long number = first; number < end; number++) {
                update(number);
                progress.at(Progress.Step.HASH, Math.min(disk.size(), (number + 1) * BLOCK), disk.size());
            }
            done = Math.max(done, end);
        }
        progress.at(Progress.Step.HASH, disk.size(), disk.size());
        return HexFormat.of().formatHex(digest.digest());
    }

    private void update(long number) {
        block.clear().limit((int) Math.min(BLOCK, disk.size() - number * BLOCK));
        disk.read(number * BLOCK, block);
        block.flip();
        if (zerosCount || !block.equals(ByteBuffer.wrap(ZEROS, 0, block.limit()))) {
            updateNumber(number);
            digest.update(block);
        }
    }

    private void updateNumber(long number) {
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
