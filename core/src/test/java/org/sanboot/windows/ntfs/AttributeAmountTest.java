package org.sanboot.windows.ntfs;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.structure.MemoryMedium;

/** A volume of 4 MiB whose one file claims to be spread over thousands of records, all of them the same 64 KiB. */
class AttributeAmountTest {

    private static final int CLUSTER = 64 << 10;
    private static final int RECORDS = 8_000;
    private static final int FIRST_ATTRIBUTE = 0x140;

    private static final int MFT = 1;
    private static final int EXTENSION = 20;
    private static final int ATTRIBUTE_LIST = 30;

    private final ByteBuffer volume = ByteBuffer.allocate(64 * CLUSTER).order(ByteOrder.LITTLE_ENDIAN);

    @Test
    void a_file_whose_parts_do_not_fit_into_memory_is_refused() {
        volume.put(3, "NTFS    ".getBytes(StandardCharsets.US_ASCII));
        volume.putShort(0x0b, (short) 512).put(0x0d, (byte) 128).putLong(0x28, 64 * 128);
        volume.putLong(0x30, MFT).put(0x40, (byte) -16);
        record(MFT, 1, 0, data(masterFileTable(), 0, 10 + RECORDS));
        record(MFT + 5, 3, 0, directoryOf("big", 6));
        record(MFT + 6, 1, 0, nonResident(0x20, runs(4, ATTRIBUTE_LIST), 0, 4, 32 * RECORDS, 0));
        record(EXTENSION, 1, 6, nonResident(0x80, runs(1, EXTENSION), 0, 1, CLUSTER, 0xf000));
        for (int i = 0; i < RECORDS; i++) {
            int at = ATTRIBUTE_LIST * CLUSTER + 32 * i;
            volume.putInt(at, 0x80).putShort(at + 4, (short) 32).put(at + 7, (byte) 0x1a);
            volume.putLong(at + 8, i).putLong(at + 0x10, 10 + i);
        }
        NtfsVolume opened = NtfsVolume.open(new MemoryMedium(volume.array()));

        assertThatThrownBy(() -> opened.find(List.of("big")))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageMatching(
                        "The file \\\\big is damaged: its attribute is in 27\\d parts of 16\\d{6} bytes altogether\\.");
    }

    /** Ten records that are there, then the same cluster again and again. */
    private static byte[] masterFileTable() {
        ByteBuffer runs = ByteBuffer.allocate(3 * RECORDS + 8);
        runs.put(new byte[] {0x11, 10, MFT}).put(new byte[] {0x11, 1, EXTENSION - MFT});
        for (int i = 1; i < RECORDS; i++) {
            runs.put(new byte[] {0x11, 1, 0});
        }
        return runs.array();
    }

    private static byte[] runs(int clusters, int cluster) {
        return new byte[] {0x11, (byte) clusters, (byte) cluster, 0};
    }

    private static byte[] data(byte[] runs, long first, long clusters) {
        return nonResident(0x80, runs, first, clusters, clusters * CLUSTER, 0);
    }

    private static byte[] nonResident(int type, byte[] runs, long first, long clusters, long size, int least) {
        int length = Math.max(least, (0x40 + runs.length + 7) & ~7);
        ByteBuffer attribute = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        attribute.putInt(0, type).putInt(4, length).put(8, (byte) 1).putShort(0x0a, (short) 0x40);
        attribute.putLong(0x10, first).putLong(0x18, first + clusters - 1).putShort(0x20, (short) 0x40);
        attribute.putLong(0x28, clusters * CLUSTER).putLong(0x30, size).putLong(0x38, size);
        return attribute.put(0x40, runs).array();
    }

    private static byte[] directoryOf(String name, long record) {
        byte[] indexName = "$I30".getBytes(StandardCharsets.UTF_16LE);
        byte[] fileName = name.getBytes(StandardCharsets.UTF_16LE);
        int entry = (0x52 + fileName.length + 7) & ~7;
        int value = 0x20 + entry + 16;
        ByteBuffer attribute = ByteBuffer.allocate(0x20 + value).order(ByteOrder.LITTLE_ENDIAN);
        attribute.putInt(0, 0x90).putInt(4, 0x20 + value).put(9, (byte) 4).putShort(0x0a, (short) 0x18);
        attribute
                .putInt(0x10, value)
                .putShort(0x14, (short) 0x20)
                .put(0x18, indexName)
                .putInt(0x28, 4096);
        attribute.putInt(0x30, 0x10).putLong(0x40, record).putShort(0x48, (short) entry);
        attribute.put(0x40 + 0x50, (byte) name.length()).put(0x40 + 0x52, fileName);
        attribute.putShort(0x40 + entry + 8, (short) 16).putShort(0x40 + entry + 0x0c, (short) 2);
        return attribute.array();
    }

    private void record(int cluster, int flags, long base, byte[] attribute) {
        int at = cluster * CLUSTER;
        volume.put(at, "FILE".getBytes(StandardCharsets.US_ASCII));
        volume.putShort(at + 4, (short) 0x30).putShort(at + 6, (short) (CLUSTER / 512 + 1));
        volume.putShort(at + 0x14, (short) FIRST_ATTRIBUTE).putShort(at + 0x16, (short) flags);
        volume.putLong(at + 0x20, base);
        volume.put(at + FIRST_ATTRIBUTE, attribute).putInt(at + FIRST_ATTRIBUTE + attribute.length, -1);
        for (int stride = 0; stride < CLUSTER / 512; stride++) { // Sequence number 0 is as good as any other.
            int tail = at + (stride + 1) * 512 - 2;
            volume.putShort(at + 0x32 + 2 * stride, volume.getShort(tail)).putShort(tail, (short) 0);
        }
    }
}
