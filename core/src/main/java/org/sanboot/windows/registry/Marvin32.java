package org.sanboot.windows.registry;

/** The hash that new transaction logs protect their entries with: Marvin32, of 64 bits, taken in pieces. */
final class Marvin32 {

    /** The number of "Log entries", note 3, the first byte being the highest (as real logs have it). */
    static final long LOG_SEED = 0x82EF_4D88_7A4E_55C5L;

    private int low;
    private int high;
    private int word;
    private int bytesOfWord;

    Marvin32(long seed) {
        low = (int) seed;
        high = (int) (seed >>> 32);
    }

    Marvin32 add(byte[] bytes) {
        for (byte one : bytes) {
            word |= (one & 0xff) << (8 * bytesOfWord);
            bytesOfWord++;
            if (bytesOfWord == Integer.BYTES) {
                mix(word);
                word = 0;
                bytesOfWord = 0;
            }
        }
        return this;
    }

    /** Ends the hash; nothing can be added afterwards. */
    long end() {
        mix(word | (0x80 << (8 * bytesOfWord)));
        mix(0);
        return ((long) high << 32) | (low & 0xffff_ffffL);
    }

    private void mix(int value) {
        low += value;
        high ^= low;
        low = Integer.rotateLeft(low, 20) + high;
        high = Integer.rotateLeft(high, 9) ^ low;
        low = Integer.rotateLeft(low, 27) + high;
        high = Integer.rotateLeft(high, 19);
    }
}
