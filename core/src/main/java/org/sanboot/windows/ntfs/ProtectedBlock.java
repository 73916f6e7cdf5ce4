package org.sanboot.windows.ntfs;

import org.sanboot.windows.structure.Structure;

/**
 * Takes the protection against torn writes off a file record or an index block.
 *
 * <p>The last two bytes of every 512 bytes hold an update sequence number, and the bytes that belong there stand in the
 * block's head. The stride is 512 on disks of 4096-byte sectors too.
 */
final class ProtectedBlock {

    private static final int STRIDE = 512;

    private ProtectedBlock() {}

    static Structure open(Structure block, String signature) {
        if (!block.has(0, signature)) {
            throw block.damaged("it does not begin with " + signature);
        }
        int array = block.unsigned16(4);
        int strides = block.length() / STRIDE;
        if (block.unsigned16(6) != strides + 1) {
            throw block.damaged("its update sequence array does not cover it");
        }
        int number = block.unsigned16(array);
        byte[] bytes = block.bytes(0, block.length());
        for (int stride = 0; stride < strides; stride++) {
            int tail = (stride + 1) * STRIDE - 2;
            if (block.unsigned16(tail) != number) {
                throw block.damaged("it was written in part only; let Windows or ntfsfix repair the volume");
            }
            System.arraycopy(block.bytes(array + 2 + 2 * stride, 2), 0, bytes, tail, 2);
        }
        return new Structure(block.name(), bytes);
    }
}
