package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockDevice;
import org.sanboot.cli.windows.CheckPrinter;
import org.sanboot.windows.WindowsImage.Table;
import org.sanboot.windows.ntfs.RestartPages;

/** Damages a whole disk, then checks and prepares it, in little memory; run longer with {@code -Dsanboot.fuzz.rounds=}. */
@Tag("boot")
class PreparationFuzzIT {

    private static final String MEMORY = "-Xmx96m";

    @TempDir
    private Path directory;

    @Test
    void damage_anywhere_ends_in_a_plan_or_in_one_sentence_within_little_memory() throws Exception {
        Path disk = WindowsImage.in(directory)
                .mebibytes(6)
                .windows10()
                .log(new RestartPages().flags(2))
                .disk(Table.MBR);
        Process fuzz = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        MEMORY,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Fuzz.class.getName(),
                        disk.toString(),
                        System.getProperty("sanboot.fuzz.seed", "1"),
                        System.getProperty("sanboot.fuzz.rounds", "2000"))
                .redirectErrorStream(true)
                .start();
        String output;
        try {
            output = new String(fuzz.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(fuzz.waitFor()).as(output).isZero();
        } finally {
            fuzz.destroyForcibly();
        }
        assertThat(output).matches("[1-9]\\d* of \\d+ were prepared\\s+");
    }

    /** Runs in the child. */
    static final class Fuzz {

        private static final int LONGEST_DAMAGE = 8;

        private final byte[] disk;
        private final List<Integer> structures = new ArrayList<>();
        private final List<Integer> cells = new ArrayList<>();
        private final Random random;

        private Fuzz(byte[] disk, long seed) {
            this.disk = disk;
            this.random = new Random(seed);
            for (int at = 0; at < disk.length; at += 512) {
                if (text(at, 4).matches("(?s)FILE|INDX|RSTR|hbin|regf") || at == 0) {
                    structures.add(at);
                }
            }
            for (int at = 0; at + 8 < disk.length; at += 8) {
                int size = buffer(disk).getInt(at);
                if (size < 0 && size > -8192 && text(at + 4, 2).matches("(?s)nk|vk|lh")) {
                    cells.add(at);
                }
            }
            assertThat(structures).hasSizeGreaterThan(20);
            assertThat(cells).hasSizeGreaterThan(50);
        }

        public static void main(String[] arguments) throws Exception {
            long seed = Long.parseLong(arguments[1]);
            int rounds = Integer.parseInt(arguments[2]);
            Fuzz fuzz = new Fuzz(Files.readAllBytes(Path.of(arguments[0])), seed);
            int prepared = 0;
            for (int round = 0; round < rounds; round++) {
                prepared += fuzz.round("seed %d round %d".formatted(seed, round)) ? 1 : 0;
            }
            System.out.printf("%d of %d were prepared%n", prepared, rounds);
        }

        private String text(int at, int length) {
            return new String(disk, at, length, StandardCharsets.ISO_8859_1);
        }

        private static ByteBuffer buffer(byte[] bytes) {
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }

        private boolean round(String context) {
            MemoryDisk device = new MemoryDisk(disk);
            int changes = 1 + random.nextInt(5);
            for (int i = 0; i < changes; i++) {
                damage(device);
            }
            long start = System.nanoTime();
            try {
                WindowsDisk found = WindowsDisk.open(device);
                CheckPrinter.text(WindowsCheck.of(found, TargetMachine.qemu()));
                WindowsPreparation.plan(found, EnumSet.allOf(PreparationSwitch.class))
                        .apply();
                return true;
            } catch (SanbootException e) {
                assertThat(e.getMessage()).as(context).endsWith(".");
                return false;
            } catch (RuntimeException | Error e) {
                throw new AssertionError(context, e);
            } finally {
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .as(context)
                        .isLessThan(Duration.ofSeconds(20));
                device.undo();
            }
        }

        /** Bytes, and words that point elsewhere, count too high or come a little aside; most of them in the hive. */
        private void damage(MemoryDisk device) {
            List<Integer> places = random.nextInt(10) < 3 ? structures : cells;
            int at = places.get(random.nextInt(places.size())) + (random.nextInt(places == cells ? 96 : 512) & ~1);
            byte[] bytes = Arrays.copyOfRange(disk, at, at + LONGEST_DAMAGE);
            ByteBuffer word = buffer(bytes);
            switch (random.nextInt(6)) {
                case 0 -> bytes[0] = (byte) random.nextInt();
                case 1 -> word.putShort(0, (short) random.nextInt());
                case 2 -> word.putInt(0, random.nextInt());
                case 3 -> word.putInt(0, cells.get(random.nextInt(cells.size())) - cells.get(0) + 32);
                case 4 -> word.putInt(0, word.getInt(0) + (random.nextInt(5) - 2) * 8);
                default -> word.putLong(0, random.nextBoolean() ? Long.MAX_VALUE : -1);
            }
            device.write(at, word);
        }
    }

    /** A disk in memory whose writes can be taken back. */
    private static final class MemoryDisk implements BlockDevice {

        private record Overwritten(int at, byte[] bytes) {}

        private final byte[] bytes;
        private final List<Overwritten> history = new ArrayList<>();

        MemoryDisk(byte[] bytes) {
            this.bytes = bytes;
        }

        void undo() {
            for (int i = history.size() - 1; i >= 0; i--) {
                Overwritten last = history.get(i);
                System.arraycopy(last.bytes(), 0, bytes, last.at(), last.bytes().length);
            }
        }

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public void read(long offset, ByteBuffer destination) {
            destination.put(bytes, (int) offset, destination.remaining());
        }

        @Override
        public void write(long offset, ByteBuffer source) {
            int at = (int) offset;
            history.add(new Overwritten(at, Arrays.copyOfRange(bytes, at, at + source.remaining())));
            source.get(bytes, at, source.remaining());
        }

        @Override
        public void zero(long offset, long length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void flush() {}

        @Override
        public Extent extent(long offset) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
