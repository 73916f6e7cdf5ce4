package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** An overlay on a host's disk that fails at any operation: what fails is said, and what was said to be written stays. */
class FaultyFileTest {

    private static final int SIZE = 4 << 20;
    private static final int SECTOR = 512;
    private static final long GIB = 1L << 30;

    @TempDir
    Path directory;

    private final FaultyChannel.Plan plan = new FaultyChannel.Plan(42);

    private Path path() {
        return directory.resolve("overlay.qcow2");
    }

    private Overlay overlay(Layer backing, Durability durability) {
        return Overlay.create(path(), backing, backing.path(), backing.size(), durability, plan);
    }

    /** What the disk must read as: each sector is what was written to it last, or what failed writes since may have left. */
    private static final class Oracle {

        private final byte[] content;
        private final Map<Integer, List<byte[]>> perhaps = new HashMap<>();

        Oracle(byte[] initial) {
            content = initial.clone();
        }

        void wrote(int offset, byte[] data, boolean failed) {
            for (int at = 0; at < data.length; at += SECTOR) {
                if (failed) {
                    byte[] sector = Arrays.copyOfRange(data, at, at + SECTOR);
                    perhaps.computeIfAbsent(offset + at, none -> new ArrayList<>())
                            .add(sector);
                } else {
                    System.arraycopy(data, at, content, offset + at, SECTOR);
                    perhaps.remove(offset + at);
                }
            }
        }

        void check(BlockDevice disk) {
            byte[] read = TestDisks.read(disk, 0, content.length);
            for (int at = 0; at < read.length; at += SECTOR) {
                byte[] sector = Arrays.copyOfRange(read, at, at + SECTOR);
                boolean known = Arrays.equals(read, at, at + SECTOR, content, at, at + SECTOR)
                        || perhaps.getOrDefault(at, List.of()).stream().anyMatch(one -> Arrays.equals(one, sector));
                assertThat(known)
                        .as("the sector at byte %d is one that was written", at)
                        .isTrue();
            }
            System.arraycopy(read, 0, content, 0, read.length);
            perhaps.clear();
        }
    }

    @ParameterizedTest
    @CsvSource({"PROCESS, 1", "PROCESS, 2", "HOST, 3"})
    void what_was_written_stays_whatever_fails_before_and_after(Durability durability, long seed) throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, seed);
        Random random = new Random(seed);
        Oracle oracle = new Oracle(Files.readAllBytes(golden));
        try (RawDisk raw = RawDisk.open(golden)) {
            Overlay overlay = overlay(raw, durability);
            for (int round = 0; round < 10; round++) {
                plan.failOneIn(6);
                for (int i = 0; i < 30; i++) {
                    change(overlay, oracle, random);
                }
                plan.failOneIn(0);
                oracle.check(overlay);
            }
            overlay.flush();
            assertThat(plan.failures()).isGreaterThan(10);
            overlay.close();
            try (Qcow2Disk again = Qcow2Disk.open(path())) {
                oracle.check(again);
            }
            try (Overlay again = Overlay.open(path(), durability)) {
                oracle.check(again);
            }
        }
    }

    private static void change(Overlay overlay, Oracle oracle, Random random) {
        int unit = random.nextBoolean() ? SECTOR : 4096;
        int offset = random.nextInt(SIZE / unit) * unit;
        int length = Math.min(SIZE - offset, (1 + random.nextInt(40)) * unit);
        int kind = random.nextInt(4);
        byte[] data = kind == 0 ? new byte[length] : TestDisks.random(random, length);
        boolean failed = false;
        try {
            switch (kind) {
                case 0 -> overlay.zero(offset, length);
                case 1 -> {
                    overlay.flush();
                    return;
                }
                default -> TestDisks.write(overlay, offset, data);
            }
        } catch (BlockIoException e) {
            failed = true;
            if (kind == 1) {
                return;
            }
        }
        oracle.wrote(offset, data, failed);
    }

    /** The L2 tables of two regions are behind; the write of the first fails, and the second must not be forgotten. */
    @ParameterizedTest
    @EnumSource(Durability.class)
    void a_failed_flush_forgets_nothing(Durability durability) throws IOException {
        Path golden = TestDisks.sparse(directory.resolve("golden.raw"), 4 * GIB);
        byte[] data = TestDisks.filled(4096, 7);
        long[] places = {64 << 20, GIB + (64 << 20), 2 * GIB + (64 << 20), 3 * GIB};
        try (RawDisk raw = RawDisk.open(golden)) {
            Overlay overlay = overlay(raw, durability);
            for (long place : places) {
                TestDisks.write(overlay, place, data);
            }
            plan.failOneIn(1);
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(overlay::flush).isInstanceOf(BlockIoException.class);
            }
            plan.failOneIn(2);
            for (int i = 0; i < 10; i++) {
                try {
                    overlay.flush();
                } catch (BlockIoException e) {
                    // as it should
                }
            }
            plan.failOneIn(0);
            overlay.flush();
            try (Qcow2Disk onDisk = Qcow2Disk.open(path())) {
                for (long place : places) {
                    assertThat(TestDisks.read(onDisk, place, 4096)).isEqualTo(data);
                }
            }
            overlay.close();
        }
    }

    @Test
    void a_full_disk_or_quota_is_told_from_a_broken_one() {
        Path golden = directory.resolve("golden.raw");
        assertThatThrownBy(() -> {
                    try (RawDisk raw = RawDisk.open(TestDisks.sparse(golden, GIB));
                            Overlay overlay = overlay(raw, Durability.PROCESS)) {
                        plan.failOneIn(1);
                        try {
                            for (int i = 0; i < 100; i++) {
                                try {
                                    overlay.write(0, ByteBuffer.wrap(TestDisks.filled(4096, 1)));
                                } catch (BlockIoException e) {
                                    if (String.valueOf(e.getMessage()).contains("quota")) {
                                        throw e;
                                    }
                                }
                            }
                        } finally {
                            plan.failOneIn(0);
                        }
                    }
                })
                .isInstanceOfSatisfying(
                        BlockIoException.class,
                        e -> assertThat(e.reason()).isEqualTo(BlockIoException.Reason.NO_SPACE));
    }
}
