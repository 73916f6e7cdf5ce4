package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

/** Does the same random things to a disk and to an array of bytes, and compares. */
final class RandomOperations {

    private final Random random;
    private final byte[] oracle;

    RandomOperations(long seed, byte[] initial) {
        this.random = new Random(seed);
        this.oracle = initial.clone();
    }

    byte[] oracle() {
        return oracle;
    }

    /** Returns everything to an earlier state. */
    void reset(byte[] earlier) {
        System.arraycopy(earlier, 0, oracle, 0, oracle.length);
    }

    void perform(BlockDevice disk, int count) {
        for (int i = 0; i < count; i++) {
            perform(disk);
        }
    }

    private void perform(BlockDevice disk) {
        int unit = new int[] {1, 512, 4096, 4096, 131072}[random.nextInt(5)];
        int offset = random.nextInt(oracle.length) / unit * unit;
        int wanted = (1 + random.nextInt(random.nextInt(20) == 0 ? 100 : 10)) * unit;
        int length = Math.min(wanted, oracle.length - offset);
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> {
                byte[] bytes = TestDisks.random(random, length);
                TestDisks.write(disk, offset, bytes);
                System.arraycopy(bytes, 0, oracle, offset, length);
            }
            case 3 -> {
                TestDisks.write(disk, offset, new byte[length]);
                Arrays.fill(oracle, offset, offset + length, (byte) 0);
            }
            case 4 -> {
                disk.zero(offset, length);
                Arrays.fill(oracle, offset, offset + length, (byte) 0);
            }
            case 5 -> disk.flush();
            default ->
                assertThat(TestDisks.read(disk, offset, length))
                        .as("%d bytes at %d", length, offset)
                        .isEqualTo(Arrays.copyOfRange(oracle, offset, offset + length));
        }
    }

    void check(BlockDevice disk) {
        assertThat(TestDisks.read(disk, 0, oracle.length)).isEqualTo(oracle);
    }
}
