package org.sanboot.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Mode parameters (SPC-4 7.5, SBC-3 6.5). An initiator may change D_SENSE and SWP of the control page, nothing else. */
final class ModePages {

    private static final int CACHING = 0x08;
    private static final int CONTROL = 0x0A;
    private static final int INFORMATIONAL_EXCEPTIONS = 0x1C;
    private static final int ALL = 0x3F;
    private static final int[] PAGES = {CACHING, CONTROL, INFORMATIONAL_EXCEPTIONS};
    private static final int CHANGEABLE = 1;
    private static final int DEFAULT = 2;
    private static final int SAVED = 3;
    private static final int D_SENSE = 0x04;
    private static final int SWP = 0x08;
    private static final int BLOCK_DESCRIPTOR_LENGTH = 8;

    private final long blocks;
    private final int blockSize;
    private volatile boolean descriptorSense;
    private volatile boolean softwareWriteProtect;

    ModePages(long blocks, int blockSize) {
        this.blocks = blocks;
        this.blockSize = blockSize;
    }

    boolean descriptorSense() {
        return descriptorSense;
    }

    boolean softwareWriteProtect() {
        return softwareWriteProtect;
    }

    /** Returns to what a reset leaves (SAM-5 6.3.3). */
    void reset() {
        descriptorSense = false;
        softwareWriteProtect = false;
    }

    byte[] sense(Cdb cdb, boolean tenBytes, boolean writeProtected) {
        int control = cdb.u8(2) >> 6;
        if (control == SAVED) {
            throw new ScsiException(AdditionalSense.SAVING_PARAMETERS_NOT_SUPPORTED);
        }
        byte[] pages = pages(cdb.u8(2) & 0x3F, cdb.u8(3), control);
        byte[] descriptor = cdb.bit(1, 0x08) ? new byte[0] : blockDescriptor();
        int header = tenBytes ? 8 : 4;
        ByteBuffer data = ByteBuffer.allocate(header + descriptor.length + pages.length);
        // WP, and DPOFUA: reads and writes may ask for the medium itself.
        byte device = (byte) ((writeProtected ? 0x80 : 0) | 0x10);
        if (tenBytes) {
            data.putShort(0, (short) (data.capacity() - 2)).put(3, device).putShort(6, (short) descriptor.length);
        } else {
            data.put(0, (byte) (data.capacity() - 1)).put(2, device).put(3, (byte) descriptor.length);
        }
        return data.put(header, descriptor)
                .put(header + descriptor.length, pages)
                .array();
    }

    private byte[] pages(int code, int subpage, int control) {
        if (subpage != 0 && (subpage != 0xFF || code != ALL)) {
            throw ScsiException.invalidField(3);
        }
        ByteArrayOutputStream pages = new ByteArrayOutputStream();
        for (int page : PAGES) {
            if (code == ALL || code == page) {
                pages.writeBytes(page(page, control));
            }
        }
        if (pages.size() == 0) {
            throw ScsiException.invalidField(2);
        }
        return pages.toByteArray();
    }

    private byte[] page(int code, int control) {
        byte[] page = new byte[code == CACHING ? 20 : 12];
        page[0] = (byte) code;
        page[1] = (byte) (page.length - 2);
        boolean changeable = control == CHANGEABLE;
        if (code == CACHING && !changeable) {
            // WCE: a write is safe after SYNCHRONIZE CACHE, not before.
            page[2] = 0x04;
        } else if (code == CONTROL) {
            boolean current = control != DEFAULT;
            page[2] = (byte) (changeable || (current && descriptorSense) ? D_SENSE : 0);
            page[4] = (byte) (changeable || (current && softwareWriteProtect) ? SWP : 0);
            if (!changeable) {
                // Unrestricted reordering, and no limit to how long a command may be busy.
                page[3] = 0x10;
                page[8] = (byte) 0xFF;
                page[9] = (byte) 0xFF;
            }
        }
        return page;
    }

    private byte[] blockDescriptor() {
        int count = (int) Math.min(blocks, 0xFFFFFFFFL);
        return ByteBuffer.allocate(BLOCK_DESCRIPTOR_LENGTH)
                .putInt(0, count)
                .putInt(4, blockSize)
                .array();
    }

    /**
     * Takes a parameter list.
     *
     * @return true when something changed
     */
    boolean select(byte[] list, boolean tenBytes) {
        int header = tenBytes ? 8 : 4;
        if (list.length == 0) {
            return false;
        }
        if (list.length < header) {
            throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
        }
        ByteBuffer data = ByteBuffer.wrap(list);
        int descriptors = tenBytes ? data.getShort(6) & 0xFFFF : data.get(3) & 0xFF;
        if (descriptors != 0 && descriptors != BLOCK_DESCRIPTOR_LENGTH) {
            throw ScsiException.invalidParameter(tenBytes ? 6 : 3);
        }
        int at = header + descriptors;
        if (at > list.length) {
            throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
        }
        if (descriptors != 0 && (data.getInt(header + 4) & 0xFFFFFF) != blockSize) {
            throw ScsiException.invalidParameter(header + 5);
        }
        return selectPages(list, at);
    }

    private boolean selectPages(byte[] list, int start) {
        byte @Nullable [] control = null;
        int at = start;
        while (at < list.length) {
            if (at + 2 > list.length || at + 2 + (list[at + 1] & 0xFF) > list.length) {
                throw new ScsiException(AdditionalSense.PARAMETER_LIST_LENGTH_ERROR);
            }
            byte[] page = checkedPage(list, at);
            control = (page[0] & 0x3F) == CONTROL ? page : control;
            at += page.length;
        }
        // Only when every page was found right does anything change.
        return control != null && apply((control[2] & D_SENSE) != 0, (control[4] & SWP) != 0);
    }

    private byte[] checkedPage(byte[] list, int at) {
        int code = list[at] & 0x3F;
        int length = 2 + (list[at + 1] & 0xFF);
        byte[] page = Arrays.copyOfRange(list, at, at + length);
        boolean known = code == CACHING || code == CONTROL || code == INFORMATIONAL_EXCEPTIONS;
        boolean subpage = (list[at] & 0x40) != 0;
        if (!known || subpage) {
            throw ScsiException.invalidParameter(at);
        }
        byte[] current = page(code, 0);
        byte[] changeable = page(code, CHANGEABLE);
        if (length != current.length) {
            throw ScsiException.invalidParameter(at + 1);
        }
        for (int i = 2; i < length; i++) {
            if (((page[i] ^ current[i]) & ~changeable[i]) != 0) {
                throw ScsiException.invalidParameter(at + i);
            }
        }
        return page;
    }

    private synchronized boolean apply(boolean newDescriptorSense, boolean newSoftwareWriteProtect) {
        boolean changed = newDescriptorSense != descriptorSense || newSoftwareWriteProtect != softwareWriteProtect;
        descriptorSense = newDescriptorSense;
        softwareWriteProtect = newSoftwareWriteProtect;
        return changed;
    }
}
