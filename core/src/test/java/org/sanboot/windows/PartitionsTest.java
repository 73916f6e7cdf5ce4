package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.Partitions.Partition;
import org.sanboot.windows.structure.MemoryMedium;

class PartitionsTest {

    private static final Partition FIRST = new Partition(1, 100 * 512, 51 * 512);

    private final byte[] bytes = new byte[1 << 20];
    private final ByteBuffer disk = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void primary_and_logical_partitions_are_numbered_as_linux_does() {
        entry(0, 0, 7, 64, 32);
        entry(0, 1, 0x0f, 128, 1000);
        entry(128, 0, 7, 2, 10);
        entry(128, 1, 5, 200, 50);
        entry(328, 0, 7, 4, 20);

        assertThat(partitions())
                .contains(
                        new Partition(1, 64 * 512, 32 * 512),
                        new Partition(5, 130 * 512, 10 * 512),
                        new Partition(6, 332 * 512, 20 * 512));
    }

    @Test
    void a_chain_of_logical_partitions_that_bites_its_tail_ends() {
        entry(0, 0, 5, 128, 1000);
        entry(128, 0, 7, 2, 10);
        entry(128, 1, 5, 0, 50);

        assertThat(partitions()).hasSizeLessThan(200);
    }

    @Test
    void partitions_outside_of_the_disk_are_left_out() {
        entry(0, 0, 7, 0xffff_ffffL, 0xffff_ffffL);
        entry(0, 1, 5, 0xffff_fff0L, 0xffff_ffffL);

        assertThat(partitions()).isEmpty();
    }

    @Test
    void a_guid_table_that_an_older_tool_s_table_has_replaced_does_not_count() {
        guidTable(1, 2, 100, 50);
        entry(0, 0, 7, 64, 32);

        assertThat(partitions()).contains(new Partition(1, 64 * 512, 32 * 512)).doesNotContain(FIRST);
    }

    @Test
    void a_guid_table_counts_behind_its_protective_entry() {
        guidTable(1, 2, 100, 50);
        entry(0, 0, 0xee, 1, 2047);

        assertThat(partitions()).containsExactly(FIRST);
    }

    @ParameterizedTest
    @ValueSource(ints = {512, 512 + 24, 512 + 72, 1024 + 32})
    void a_guid_table_that_is_damaged_gives_way_to_its_backup(int at) {
        guidTable(1, 2, 100, 50);
        guidTable(2047, 2040, 100, 50);
        entry(0, 0, 0xee, 1, 2047);
        for (int i = 0; i < 8; i++) {
            bytes[at + i] = 0;
        }

        assertThat(partitions()).containsExactly(FIRST);
    }

    @Test
    void a_guid_table_with_a_wrong_checksum_and_no_backup_is_better_than_none() {
        guidTable(1, 2, 100, 50);
        entry(0, 0, 0xee, 1, 2047);
        bytes[512 + 56]++;

        assertThat(partitions()).containsExactly(FIRST);
    }

    private void guidTable(int header, int entries, int first, int length) {
        disk.putLong(entries * 512, 1).putLong(entries * 512 + 32, first).putLong(entries * 512 + 40, first + length);
        int at = header * 512;
        disk.put(at, "EFI PART".getBytes(StandardCharsets.US_ASCII))
                .putInt(at + 8, 0x10000)
                .putInt(at + 12, 92);
        disk.putLong(at + 24, header)
                .putLong(at + 72, entries)
                .putInt(at + 80, 4)
                .putInt(at + 84, 128);
        disk.putInt(at + 88, checksum(entries * 512, 4 * 128));
        disk.putInt(at + 16, checksum(at, 92));
    }

    private int checksum(int at, int length) {
        CRC32 checksum = new CRC32();
        checksum.update(bytes, at, length);
        return (int) checksum.getValue();
    }

    @Test
    void a_disk_without_a_table_has_no_partitions() {
        assertThat(partitions()).isEmpty();
        assertThat(Partitions.of(new MemoryMedium(new byte[100]))).isEmpty();
    }

    @Test
    void damage_anywhere_ends_in_an_answer_or_in_one_sentence() {
        Random random = new Random(1);
        for (int round = 0; round < 2000; round++) {
            byte[] tables = new byte[32 << 10];
            random.nextBytes(tables);
            System.arraycopy(tables, 0, bytes, 0, tables.length);
            bytes[510] = 0x55;
            bytes[511] = (byte) 0xaa;
            if (random.nextBoolean()) {
                int header = random.nextBoolean() ? 512 : 4096;
                System.arraycopy("EFI PART".getBytes(StandardCharsets.US_ASCII), 0, bytes, header, 8);
                disk.putLong(header + 72, random.nextInt(4));
                disk.putInt(header + 80, random.nextInt(200));
                disk.putInt(header + 84, 128);
            }
            for (int entry = 0; entry < 4; entry++) {
                disk.putInt(0x1be + 16 * entry + 8, random.nextInt(64));
            }
            bytes[0x1be + 4] = (byte) (random.nextBoolean() ? 5 : random.nextBoolean() ? 7 : 0xee);
            int seed = round;
            assertThatCode(() -> {
                        try {
                            partitions();
                        } catch (InfrastructureException e) {
                            assertThat(e.getMessage()).endsWith(".");
                        }
                    })
                    .as("round %d", seed)
                    .doesNotThrowAnyException();
        }
    }

    private List<Partition> partitions() {
        return Partitions.of(new MemoryMedium(bytes));
    }

    private void entry(int sector, int index, int type, long start, long length) {
        int at = sector * 512 + 0x1be + 16 * index;
        disk.put(at + 4, (byte) type).putInt(at + 8, (int) start).putInt(at + 12, (int) length);
        disk.put(sector * 512 + 510, (byte) 0x55).put(sector * 512 + 511, (byte) 0xaa);
    }
}
