package org.sanboot.block;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads and writes of 4 KiB at random and of 1 MiB in sequence, on 1 GiB in the page cache.
 *
 * <p>Writes to a file system on a disk are bounded by its write-back and vary several-fold: set
 * {@code -Djava.io.tmpdir} to a tmpfs, and compare only with the plain file of the same run.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class OverlayBenchmark {

    private static final long SIZE = 1L << 30;
    private static final int SMALL = 4096;
    private static final int LARGE = 1 << 20;
    private static final int SMALL_BLOCKS = (int) (SIZE / SMALL);

    private Path directory;
    private RawDisk golden;
    private DiskClone written;
    private DiskClone pristine;
    private DiskClone fragmented;
    private FileChannel plain;

    /** One thread's buffers, and its place in a sequence. */
    @State(Scope.Thread)
    public static class Buffers {

        private final ByteBuffer small = filled(SMALL);
        private final ByteBuffer large = filled(LARGE);
        private long position;

        private static ByteBuffer filled(int length) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(length);
            while (buffer.hasRemaining()) {
                buffer.put((byte) 0x5a);
            }
            return buffer.flip();
        }

        long random() {
            return ThreadLocalRandom.current().nextLong(SIZE / SMALL) * SMALL;
        }

        long next() {
            position = (position + LARGE) % SIZE;
            return position;
        }
    }

    @Setup
    public void makeDisks() throws IOException {
        directory = Files.createTempDirectory("sanboot-benchmark");
        Path file = directory.resolve("golden.raw");
        ByteBuffer buffer = Buffers.filled(LARGE);
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            for (long offset = 0; offset < SIZE; offset += LARGE) {
                opened.getChannel().write(buffer.rewind(), offset);
            }
        }
        golden = RawDisk.open(file);
        written = DiskClone.create(golden, directory.resolve("written.qcow2"), Durability.PROCESS);
        for (long offset = 0; offset < SIZE; offset += LARGE) {
            written.write(offset, buffer.rewind());
        }
        pristine = DiskClone.create(golden, directory.resolve("pristine.qcow2"), Durability.PROCESS);
        plain = FileChannel.open(
                directory.resolve("plain"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
        for (long offset = 0; offset < SIZE; offset += LARGE) {
            plain.write(buffer.rewind(), offset);
        }
        fragmented = DiskClone.create(golden, directory.resolve("fragmented.qcow2"), Durability.PROCESS);
        for (long offset = 0; offset < SIZE; offset += 2 * SMALL) {
            fragmented.zero(offset, SMALL);
        }
    }

    @TearDown
    public void delete() throws IOException {
        written.discard();
        pristine.discard();
        fragmented.discard();
        plain.close();
        golden.close();
        Files.delete(golden.path());
        Files.delete(directory);
    }

    /** The file system's own speed, to compare with. */
    @Benchmark
    public void read4kOfGoldenDisk(Buffers buffers) {
        golden.read(buffers.random(), buffers.small.clear());
    }

    @Benchmark
    public void read4k(Buffers buffers) {
        written.read(buffers.random(), buffers.small.clear());
    }

    @Benchmark
    public void read4kThroughToGoldenDisk(Buffers buffers) {
        pristine.read(buffers.random(), buffers.small.clear());
    }

    @Benchmark
    public void write4k(Buffers buffers) {
        written.write(buffers.random(), buffers.small.clear());
    }

    /** The file system's own speed, to compare with. */
    @Benchmark
    public void write4kOfPlainFile(Buffers buffers) throws IOException {
        plain.write(buffers.small.clear(), buffers.random());
    }

    /** Every sub-cluster of a new clone once, in a scattered order: no write but the first is counted. */
    @Benchmark
    @OperationsPerInvocation(SMALL_BLOCKS)
    public void write4kFirst(Buffers buffers) {
        pristine.revert();
        for (int i = 0; i < SMALL_BLOCKS; i++) {
            pristine.write((i * 7919L % SMALL_BLOCKS) * SMALL, buffers.small.clear());
        }
    }

    @Benchmark
    public void read1M(Buffers buffers) {
        written.read(buffers.next(), buffers.large.clear());
    }

    @Benchmark
    public void write1M(Buffers buffers) {
        written.write(buffers.next(), buffers.large.clear());
    }

    /** The block map alone: no system call. */
    @Benchmark
    @OperationsPerInvocation(1000)
    public long lookUp(Buffers buffers) {
        long sum = 0;
        for (int i = 0; i < 1000; i++) {
            sum += fragmented.extent((i * 7919L * SMALL) & (SIZE - 1)).length() & 1;
        }
        return sum;
    }
}
