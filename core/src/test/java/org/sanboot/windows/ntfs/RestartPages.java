package org.sanboot.windows.ntfs;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes restart pages as Windows does, by ntfs-3g's description of them; shares nothing with the code under test. */
public final class RestartPages {

    static final int SIZE = 4096;

    int major = 1;
    int minor = 1;
    long lsn = 0x123456;
    int inUse = 0;
    int flags = 0;
    int updateNumber = 7;
    String magic = "RSTR";
    boolean isProtected = true;

    /** As Windows XP and later leave it: one client, always open. */
    public RestartPages flags(int value) {
        flags = value;
        return this;
    }

    RestartPages version(int newMajor, int newMinor) {
        major = newMajor;
        minor = newMinor;
        return this;
    }

    RestartPages lsn(long value) {
        lsn = value;
        return this;
    }

    RestartPages inUse(int value) {
        inUse = value;
        return this;
    }

    RestartPages byChkdsk(boolean withProtection) {
        magic = "CHKD";
        isProtected = withProtection;
        return this;
    }

    public byte[] page() {
        ByteBuffer page = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        boolean checked = magic.equals("CHKD");
        page.put(magic.getBytes(StandardCharsets.US_ASCII));
        page.putShort((short) 0x1e).putShort((short) (isProtected ? 9 : 0));
        page.putLong(checked ? lsn : 0);
        page.putInt(SIZE).putInt(SIZE);
        page.putShort((short) 0x30).putShort((short) minor).putShort((short) major);
        page.position(0x30);
        page.putLong(lsn);
        page.putShort((short) 1).putShort((short) (inUse == 0xffff ? 0 : 0xffff));
        page.putShort((short) inUse).putShort((short) flags);
        page.putInt(67 - (64 - Long.numberOfLeadingZeros(2 << 20)));
        page.putShort((short) (0x40 + 0xa0)).putShort((short) 0x40);
        page.putLong(2 << 20)
                .putInt(0)
                .putShort((short) 0x30)
                .putShort((short) 0x40)
                .putInt(1);
        page.position(0x30 + 0x40);
        page.putLong(lsn).putLong(lsn).putShort((short) 0xffff).putShort((short) 0xffff);
        page.putShort((short) 0).position(0x30 + 0x40 + 28);
        page.putInt(8).put("NTFS".getBytes(StandardCharsets.UTF_16LE));
        if (isProtected) {
            page.putShort(0x1e, (short) updateNumber);
            for (int sector = 0; sector < SIZE / 512; sector++) {
                int tail = sector * 512 + 510;
                page.putShort(0x20 + 2 * sector, page.getShort(tail));
                page.putShort(tail, (short) updateNumber);
            }
        }
        return page.array();
    }

    /** A log with these two pages, and nothing after them. */
    public static byte[] log(byte[] first, byte[] second) {
        byte[] log = new byte[2 << 20];
        Arrays.fill(log, (byte) 0xff);
        System.arraycopy(first, 0, log, 0, SIZE);
        System.arraycopy(second, 0, log, SIZE, SIZE);
        return log;
    }
}
