package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sanboot.iscsi.MemoryDisk;

class VolatileCacheTest {

    private static final int SECTOR = 512;
    private static final int SIZE = 1 << 20;

    private final MemoryDisk disk = new MemoryDisk(SIZE);
    private final VolatileCache cache = new VolatileCache(disk);

    private static int version(BlockDevice disk, int sector) {
        byte[] bytes = TestDisks.read(disk, (long) sector * SECTOR, SECTOR);
        for (byte each : bytes) {
            assertThat(each).as("sector %d is not half written", sector).isEqualTo(bytes[0]);
        }
        return bytes[0];
    }

    private static void write(BlockDevice disk, int sector, int count, int version) {
        TestDisks.write(disk, (long) sector * SECTOR, TestDisks.filled(count * SECTOR, version));
    }

    private void flush(int sector, int count) {
        cache.flush((long) sector * SECTOR, (long) count * SECTOR);
    }

    /** Writes that are apart from each other, of eight sectors each. */
    private static void scatter(BlockDevice disk, int version) {
        for (int i = 0; i < 100; i++) {
            write(disk, i * 16, 8, version);
        }
    }

    @Test
    void nothing_is_lost_before_writes_are_to_be_torn() {
        scatter(cache, 1);
        cache.arm(1);
        cache.losePower();
        assertThat(disk.bytes()[0]).isEqualTo((byte) 1);
        assertThat(version(disk, 99 * 16 + 7)).isEqualTo(1);
    }

    @Test
    void what_was_flushed_stays_and_what_was_not_is_lost_in_part() {
        cache.arm(1);
        scatter(cache, 1);
        cache.flush();
        scatter(cache, 2);
        cache.losePower();
        int kept = 0;
        int lost = 0;
        int torn = 0;
        for (int i = 0; i < 100; i++) {
            Set<Integer> versions = new HashSet<>();
            for (int sector = 0; sector < 8; sector++) {
                versions.add(version(disk, i * 16 + sector));
            }
            assertThat(versions).isSubsetOf(1, 2);
            kept += versions.equals(Set.of(2)) ? 1 : 0;
            lost += versions.equals(Set.of(1)) ? 1 : 0;
            torn += versions.size() - 1;
        }
        assertThat(kept).isBetween(15, 55);
        assertThat(lost).isBetween(15, 55);
        assertThat(torn).isBetween(15, 55);
    }

    @Test
    void the_same_seed_loses_the_same_and_another_one_something_else() {
        byte[][] results = new byte[3][];
        long[] seeds = {7, 7, 8};
        for (int i = 0; i < 3; i++) {
            MemoryDisk fresh = new MemoryDisk(SIZE);
            VolatileCache armed = new VolatileCache(fresh);
            armed.arm(seeds[i]);
            scatter(armed, 1);
            armed.losePower();
            results[i] = fresh.bytes();
        }
        assertThat(results[1]).isEqualTo(results[0]);
        assertThat(results[2]).isNotEqualTo(results[0]);
    }

    @Test
    void what_becomes_of_a_write_does_not_depend_on_writes_elsewhere_that_came_before() {
        byte[][] results = new byte[2][];
        for (int order = 0; order < 2; order++) {
            MemoryDisk fresh = new MemoryDisk(SIZE);
            VolatileCache armed = new VolatileCache(fresh);
            armed.arm(7);
            for (int i = 0; i < 100; i++) {
                write(armed, (order == 0 ? i : 99 - i) * 16, 8, 1);
            }
            armed.losePower();
            results[order] = fresh.bytes();
        }
        assertThat(results[1]).isEqualTo(results[0]);
    }

    @Test
    void a_sector_written_often_keeps_a_version_since_the_last_flush_and_every_one_comes_up() {
        Set<Integer> seen = new HashSet<>();
        for (int seed = 0; seed < 64; seed++) {
            cache.arm(seed);
            write(cache, 0, 1, 1);
            cache.flush();
            write(cache, 0, 1, 2);
            write(cache, 0, 2, 3);
            write(cache, 0, 1, 4);
            cache.losePower();
            seen.add(version(disk, 0));
        }
        assertThat(seen).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    void overlapping_writes_leave_only_versions_that_were_there_since_the_last_flush() {
        Random random = new Random(1);
        for (int round = 0; round < 50; round++) {
            cache.arm(round);
            cache.flush();
            List<Set<Integer>> possible = possible();
            for (int i = 1; i <= 60; i++) {
                int first = random.nextInt(60);
                int count = 1 + random.nextInt(4);
                write(cache, first, count, i);
                boolean forced = random.nextInt(4) == 0;
                for (int sector = first; sector < first + count; sector++) {
                    if (forced) {
                        possible.get(sector).clear();
                    }
                    possible.get(sector).add(i);
                }
                if (forced) {
                    flush(first, count);
                }
            }
            cache.losePower();
            for (int sector = 0; sector < 64; sector++) {
                assertThat(possible.get(sector)).contains(version(disk, sector));
            }
        }
    }

    private List<Set<Integer>> possible() {
        List<Set<Integer>> possible = new ArrayList<>();
        for (int sector = 0; sector < 64; sector++) {
            possible.add(new HashSet<>(Set.of(version(disk, sector))));
        }
        return possible;
    }

    @Test
    void a_flush_of_a_range_makes_that_range_safe_alone() {
        cache.arm(3);
        scatter(cache, 1);
        flush(0, 8);
        cache.losePower();
        for (int sector = 0; sector < 8; sector++) {
            assertThat(version(disk, sector)).isEqualTo(1);
        }
        assertThat(disk.bytes()).contains((byte) 1).contains((byte) 0);
        int lost = 0;
        for (int i = 1; i < 100; i++) {
            lost += version(disk, i * 16) == 0 ? 1 : 0;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void zeroes_are_lost_like_writes() {
        scatter(cache, 1);
        cache.arm(1);
        for (int i = 0; i < 100; i++) {
            cache.zero((long) i * 16 * SECTOR, 8 * SECTOR);
        }
        cache.losePower();
        int back = 0;
        for (int i = 0; i < 100; i++) {
            back += version(disk, i * 16);
        }
        assertThat(back).isBetween(20, 80);
    }

    @Test
    void a_cache_that_is_full_has_made_its_oldest_writes_safe() {
        VolatileCache small = new VolatileCache(disk, 20L * SECTOR);
        small.arm(5);
        for (int i = 0; i < 100; i++) {
            write(small, i, 1, 1);
        }
        small.losePower();
        for (int i = 0; i < 80; i++) {
            assertThat(version(disk, i)).isEqualTo(1);
        }
        int lost = 0;
        for (int i = 80; i < 100; i++) {
            lost += version(disk, i) == 0 ? 1 : 0;
        }
        assertThat(lost).isPositive();
    }

    @Test
    void a_disk_that_is_switched_off_in_good_order_loses_nothing() {
        cache.arm(1);
        scatter(cache, 1);
        cache.writeBack();
        cache.losePower();
        assertThat(version(disk, 99 * 16)).isEqualTo(1);
        scatter(cache, 2);
        cache.disarm();
        cache.losePower();
        assertThat(version(disk, 99 * 16)).isEqualTo(2);
    }
}
