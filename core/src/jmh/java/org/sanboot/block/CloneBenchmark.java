package org.sanboot.block;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to make, revert and throw away a clone of a golden disk of 1 TiB. */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class CloneBenchmark {

    private Path directory;
    private RawDisk golden;
    private DiskClone standing;

    @Setup
    public void makeGoldenDisk() throws IOException {
        directory = Files.createTempDirectory("sanboot-benchmark");
        Path file = directory.resolve("golden.raw");
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(1L << 40);
        }
        golden = RawDisk.open(file);
        standing = DiskClone.create(golden, directory.resolve("standing.qcow2"), Durability.PROCESS);
    }

    @TearDown
    public void delete() throws IOException {
        standing.discard();
        golden.close();
        Files.delete(golden.path());
        Files.delete(directory);
    }

    @Benchmark
    public void createAndDiscard() {
        DiskClone.create(golden, directory.resolve("clone.qcow2"), Durability.PROCESS).discard();
    }

    @Benchmark
    public void revert() {
        standing.revert();
    }
}
