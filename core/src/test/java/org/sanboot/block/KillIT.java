package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills JVMs that write to an overlay, at random moments. */
@Tag("boot")
class KillIT {

    private static final long SIZE = 6L << 30;
    private static final int BLOCK = 4096;
    /** Blocks that are written to: a few in every region, so that regions are appended all the time. */
    private static final int BLOCKS = 240;

    private static final int ROUNDS = 20;

    @TempDir
    Path directory;

    @BeforeAll
    static void need_qemu_img() {
        Programs.require("qemu-img", "qemu-utils");
    }

    @Test
    void whatever_was_flushed_is_there_after_kill_9() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path golden = TestDisks.sparse(directory.resolve("golden.raw"), SIZE);
        for (int round = 0; round < ROUNDS; round++) {
            Path path = directory.resolve("overlay-" + round + ".qcow2");
            int flushed = writeUntilKilled(golden, path, random.nextInt(round % 2 == 0 ? 40 : 400));
            if (!Files.exists(path)) {
                continue;
            }
            String context = "seed %d, round %d, %d flushes".formatted(seed, round, flushed);
            Programs.Result check = Programs.attempt("qemu-img", "check", "-f", "qcow2", path);
            assertThat(check.status()).as(context + check.output()).isIn(0, 3); // 3: leaked clusters only
            Programs.run("qemu-img", "check", "-r", "leaks", "-f", "qcow2", path);
            assertContents(Programs.toRaw(path, directory.resolve("read-back.raw")), flushed, context);
            try (Overlay again = Overlay.open(path, Durability.PROCESS)) {
                TestDisks.write(again, 5L << 30, TestDisks.filled(512, 1));
            }
            Programs.run("qemu-img", "check", "-f", "qcow2", path);
            Files.delete(path);
        }
    }

    /** Returns the number of the last flush that was acknowledged. */
    private static int writeUntilKilled(Path golden, Path path, int flushes) throws IOException, InterruptedException {
        Process writer = Programs.java(Writer.class, golden, path)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int flushed = 0;
        try (BufferedReader acknowledged = writer.inputReader()) {
            String line;
            while (flushed < flushes && (line = acknowledged.readLine()) != null) {
                flushed = number(line, flushed);
            }
            writer.toHandle().destroyForcibly(); // which, other than the process's own, leaves its output to be read
            while ((line = acknowledged.readLine()) != null) {
                flushed = number(line, flushed);
            }
        } finally {
            writer.destroyForcibly();
        }
        writer.waitFor();
        return flushed;
    }

    /** The last line may have been cut off. */
    private static int number(String line, int otherwise) {
        return line.endsWith(";") ? Integer.parseInt(line.substring(0, line.length() - 1)) : otherwise;
    }

    /** A block holds the number of a generation: at least the last one that was flushed before it was due again. */
    private static void assertContents(Path raw, int flushed, String context) throws IOException {
        try (FileChannel channel = FileChannel.open(raw)) {
            for (int block = 0; block < BLOCKS; block++) {
                ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
                channel.read(buffer, offset(block));
                int value = buffer.getInt(0);
                int expected = flushed - Math.floorMod(flushed - block, BLOCKS);
                assertThat(value).as("%s, block %d", context, block).isGreaterThanOrEqualTo(Math.max(0, expected));
                for (int i = 4; i < BLOCK; i += 4) {
                    assertThat(buffer.getInt(i))
                            .as("%s, block %d, byte %d", context, block, i)
                            .isEqualTo(value);
                }
            }
        }
    }

    private static long offset(int block) {
        return (block * 7919L % BLOCKS) * (SIZE / BLOCKS) / BLOCK * BLOCK;
    }

    /** Writes one block and flushes, over and over; its number goes to standard output after the flush. */
    static final class Writer {

        private Writer() {}

        public static void main(String[] arguments) {
            try (RawDisk golden = RawDisk.open(Path.of(arguments[0]));
                    Overlay overlay = Overlay.create(Path.of(arguments[1]), golden, Durability.PROCESS)) {
                for (int generation = 1; ; generation++) {
                    ByteBuffer buffer = ByteBuffer.allocateDirect(BLOCK);
                    while (buffer.hasRemaining()) {
                        buffer.putInt(generation);
                    }
                    overlay.write(offset(generation % BLOCKS), buffer.flip());
                    overlay.flush();
                    System.out.println(generation + ";");
                }
            }
        }
    }
}
