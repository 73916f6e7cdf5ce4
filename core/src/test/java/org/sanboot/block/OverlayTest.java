package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice.Extent;
import org.sanboot.block.BlockDevice.Extent.State;

class OverlayTest {

    private static final int SIZE = (4 << 20) + 512;

    @TempDir
    Path directory;

    private Overlay overlayOn(Layer backing) {
        return Overlay.create(directory.resolve("overlay.qcow2"), backing, Durability.PROCESS);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void behaves_like_a_plain_file_and_leaves_the_golden_disk_alone(long seed) throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, seed);
        String before = TestDisks.hash(golden);
        RandomOperations operations = new RandomOperations(seed, Files.readAllBytes(golden));
        try (RawDisk raw = RawDisk.open(golden)) {
            try (Overlay overlay = overlayOn(raw)) {
                operations.perform(overlay, 400);
                operations.check(overlay);
            }
            try (Overlay overlay = Overlay.open(directory.resolve("overlay.qcow2"), Durability.HOST)) {
                operations.check(overlay);
                operations.perform(overlay, 100);
            }
            try (Qcow2Disk disk = Qcow2Disk.open(directory.resolve("overlay.qcow2"))) {
                operations.check(disk);
            }
        }
        assertThat(TestDisks.hash(golden)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void a_blank_disk_behaves_like_a_file_of_zeros(Durability durability) {
        RandomOperations operations = new RandomOperations(7, new byte[SIZE]);
        try (Overlay blank = Overlay.createBlank(directory.resolve("blank.qcow2"), SIZE, durability)) {
            operations.perform(blank, 300);
            operations.check(blank);
        }
        try (Qcow2Disk disk = Qcow2Disk.open(directory.resolve("blank.qcow2"))) {
            operations.check(disk);
        }
    }

    @Test
    void crosses_regions_and_stripes() throws IOException {
        long size = 3L << 30;
        try (RawDisk raw = RawDisk.open(TestDisks.sparse(directory.resolve("golden.raw"), size));
                Overlay overlay = overlayOn(raw)) {
            byte[] bytes = TestDisks.filled(300_000, 5);
            for (long boundary : new long[] {1L << 30, 2L << 30, 32L << 20, 256 << 10}) {
                TestDisks.write(overlay, boundary - 150_001, bytes);
                assertThat(TestDisks.read(overlay, boundary - 150_001, bytes.length))
                        .isEqualTo(bytes);
                assertThat(TestDisks.read(overlay, boundary - 150_002, 1)).containsExactly(0);
                assertThat(TestDisks.read(overlay, boundary + 149_999, 1)).containsExactly(0);
            }
            overlay.zero(0, size);
            assertThat(TestDisks.read(overlay, (1L << 30) - 150_001, bytes.length))
                    .containsOnly(0);
        }
    }

    @Test
    void a_disk_of_16_TiB_works_at_its_end_and_takes_little_space() throws IOException {
        long size = 16L << 40;
        Path path = directory.resolve("huge.qcow2");
        try (Overlay blank = Overlay.createBlank(path, size, Durability.PROCESS)) {
            blank.flush();
            assertThat(TestDisks.allocated(path)).isLessThan(256 << 10);
            byte[] bytes = TestDisks.filled(5000, 9);
            TestDisks.write(blank, size - 5000, bytes);
            TestDisks.write(blank, 0, bytes);
            assertThat(TestDisks.read(blank, size - 5000, 5000)).isEqualTo(bytes);
        }
        assertThat(TestDisks.allocated(path)).isLessThan(512 << 10);
        try (Overlay again = Overlay.open(path, Durability.PROCESS)) {
            assertThat(TestDisks.read(again, size - 5000, 5000)).containsOnly(9);
            assertThat(TestDisks.read(again, 1L << 40, 5000)).containsOnly(0);
        }
    }

    @Test
    void a_clone_of_1_TiB_takes_less_than_256_KiB() throws IOException {
        Path golden = TestDisks.sparse(directory.resolve("golden.raw"), 1L << 40);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw)) {
            assertThat(TestDisks.allocated(overlay.path())).isLessThan(64 << 10);
        }
    }

    @Test
    void zeros_written_take_no_space() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw)) {
            TestDisks.write(overlay, 1 << 20, new byte[2 << 20]);
            overlay.flush();
            assertThat(TestDisks.read(overlay, 1 << 20, 2 << 20)).containsOnly(0);
            assertThat(TestDisks.allocated(overlay.path())).isLessThan(256 << 10);
        }
    }

    @Test
    void extents_tell_data_from_zeros() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw);
                Overlay blank = Overlay.createBlank(directory.resolve("blank"), 4L << 30, Durability.PROCESS)) {
            overlay.zero(4096, 8192);
            assertThat(overlay.extent(0)).isEqualTo(new Extent(4096, State.MAPPED));
            assertThat(overlay.extent(4096)).isEqualTo(new Extent(8192, State.DEALLOCATED));
            assertThat(overlay.extent(12288)).isEqualTo(new Extent(SIZE - 12288, State.MAPPED));

            TestDisks.write(blank, 2L << 30, TestDisks.filled(4096, 1));
            assertThat(blank.extent(100)).isEqualTo(new Extent((2L << 30) - 100, State.DEALLOCATED));
            assertThat(blank.extent(2L << 30)).isEqualTo(new Extent(4096, State.MAPPED));
        }
    }

    @Test
    void an_extent_ends_where_it_was_asked_to() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay below = overlayOn(raw);
                Overlay overlay = Overlay.create(directory.resolve("above.qcow2"), below, Durability.PROCESS)) {
            TestDisks.write(below, 1 << 20, TestDisks.filled(4096, 1));
            TestDisks.write(overlay, 2 << 20, TestDisks.filled(4096, 1));
            assertThat(overlay.extent(0, 8192)).isEqualTo(new Extent(8192, State.MAPPED));
            assertThat(overlay.extent(2 << 20, 1 << 20)).isEqualTo(new Extent(4096, State.MAPPED));
            assertThat(overlay.extent(SIZE - 512, 512)).isEqualTo(new Extent(512, State.MAPPED));
        }
    }

    @Test
    void a_longer_overlay_reads_zeros_behind_its_backing_disk() throws IOException {
        Path golden = TestDisks.golden(directory, 8192, 1);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = Overlay.create(directory.resolve("longer.qcow2"), raw, 1 << 20, Durability.PROCESS)) {
            assertThat(TestDisks.read(overlay, 8192, 100_000)).containsOnly(0);
            TestDisks.write(overlay, 8192 + 512, TestDisks.filled(512, 3));
            assertThat(TestDisks.read(overlay, 8192, 512)).containsOnly(0);
        }
    }

    @Test
    void concurrent_writes_into_one_unallocated_subcluster_lose_nothing() throws Exception {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        int threads = 8;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw)) {
            for (int round = 0; round < 200; round++) {
                long start = round * 4096L;
                CountDownLatch go = new CountDownLatch(1);
                List<Future<?>> writes = new ArrayList<>();
                for (int block = 0; block < threads; block++) {
                    long offset = start + block * 512L;
                    byte[] bytes = TestDisks.filled(512, block + 1);
                    writes.add(pool.submit(() -> {
                        go.await();
                        TestDisks.write(overlay, offset, bytes);
                        return null;
                    }));
                }
                go.countDown();
                for (Future<?> write : writes) {
                    write.get();
                }
                for (int block = 0; block < threads; block++) {
                    assertThat(TestDisks.read(overlay, start + block * 512L, 512))
                            .containsOnly(block + 1);
                }
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void an_interrupted_thread_neither_fails_nor_closes_the_disk_for_others() throws Exception {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        byte[] expected = Files.readAllBytes(golden);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw)) {
            List<Thread> workers = new ArrayList<>();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            CountDownLatch done = new CountDownLatch(3);
            for (int i = 0; i < 3; i++) {
                int offset = i * (1 << 20);
                workers.add(new Thread(() -> {
                    try {
                        for (int n = 0; n < 300; n++) {
                            TestDisks.write(overlay, offset + n * 1024, TestDisks.filled(512, n));
                            assertThat(TestDisks.read(overlay, offset + n * 1024, 512))
                                    .containsOnly(n);
                            assertThat(TestDisks.read(overlay, offset + n * 1024 + 512, 512))
                                    .isEqualTo(Arrays.copyOfRange(
                                            expected, offset + n * 1024 + 512, offset + n * 1024 + 1024));
                        }
                        overlay.flush();
                    } catch (Throwable e) {
                        failures.add(e);
                    } finally {
                        done.countDown();
                    }
                }));
            }
            workers.forEach(Thread::start);
            while (done.getCount() > 0) {
                workers.forEach(Thread::interrupt);
                Thread.onSpinWait();
            }
            assertThat(failures).isEmpty();

            Thread.currentThread().interrupt();
            assertThat(TestDisks.read(overlay, 0, 512)).containsOnly(0);
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void a_backing_file_cut_short_is_a_medium_error() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 1);
        try (RawDisk raw = RawDisk.open(golden);
                Overlay overlay = overlayOn(raw)) {
            Files.write(golden, new byte[4096], StandardOpenOption.TRUNCATE_EXISTING);
            assertThatThrownBy(() -> TestDisks.read(overlay, 8192, 512))
                    .isInstanceOfSatisfying(
                            BlockIoException.class,
                            e -> assertThat(e.reason()).isEqualTo(BlockIoException.Reason.MEDIUM))
                    .hasMessageContaining("cut short");
        }
    }

    @Test
    void a_range_outside_the_disk_is_refused() {
        try (Overlay blank = Overlay.createBlank(directory.resolve("blank"), 1 << 20, Durability.PROCESS)) {
            assertThatThrownBy(() -> blank.read(1 << 20, ByteBuffer.allocate(1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> blank.zero(-1, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> blank.write((1 << 20) - 1, ByteBuffer.allocate(2)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void use_after_close_is_an_illegal_state_and_closing_again_is_not() {
        Overlay blank = Overlay.createBlank(directory.resolve("blank"), 1 << 20, Durability.PROCESS);
        TestDisks.write(blank, 0, TestDisks.filled(512, 1));
        blank.close();
        blank.close();
        assertThatThrownBy(() -> TestDisks.read(blank, 0, 512)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> TestDisks.write(blank, 0, TestDisks.filled(512, 1)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void impossible_requests_are_one_clear_sentence() throws IOException {
        assertThatThrownBy(() -> Overlay.createBlank(directory.resolve("a"), 1000, Durability.PROCESS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("1000 bytes");
        assertThatThrownBy(() -> Overlay.createBlank(directory.resolve("a"), 17L << 40, Durability.PROCESS))
                .hasMessageContaining("16 TiB");
        Files.createFile(directory.resolve("there"));
        assertThatThrownBy(() -> Overlay.createBlank(directory.resolve("there"), 1 << 20, Durability.PROCESS))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cannot be created");
        assertThatThrownBy(() -> RawDisk.open(directory.resolve("missing")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void a_partial_sector_at_the_end_of_a_raw_file_is_padded_with_zeros() throws IOException {
        Path odd = Files.write(directory.resolve("odd.raw"), TestDisks.filled(1000, 7));
        try (RawDisk raw = RawDisk.open(odd)) {
            assertThat(raw.size()).isEqualTo(1024);
            assertThat(TestDisks.read(raw, 990, 34))
                    .startsWith(7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0)
                    .endsWith(0);
        }
    }
}
