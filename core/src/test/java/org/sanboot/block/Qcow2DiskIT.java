package org.sanboot.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;

/** Reads what QEMU's own tools write. */
@Tag("boot")
class Qcow2DiskIT {

    private static final int SIZE = 5_000_192;

    @TempDir
    Path directory;

    @BeforeAll
    static void need_qemu() {
        Programs.require("qemu-img", "qemu-utils");
        Programs.require("qemu-io", "qemu-utils");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compat=0.10",
                "compat=1.1",
                "compat=1.1,cluster_size=512",
                "compat=1.1,cluster_size=2M",
                "extended_l2=on",
                "extended_l2=on,cluster_size=16k",
                "extended_l2=on,cluster_size=128k,preallocation=metadata",
                "compat=1.1,refcount_bits=64,lazy_refcounts=on"
            })
    void reads_a_chain_of_any_kind(String options) throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 5);
        byte[] expected = Files.readAllBytes(golden);
        Path base = directory.resolve("base.qcow2");
        Path top = directory.resolve("top.qcow2");
        Programs.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", options, golden, base);
        Programs.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, "-F", "qcow2", "-b", base, top);
        Random random = new Random(5);
        for (int i = 0; i < 20; i++) {
            int offset = random.nextInt(SIZE / 512 - 300) * 512;
            int length = (1 + random.nextInt(250)) * 512;
            boolean zero = i % 3 == 0 && !options.contains("0.10");
            String command = (zero ? "write -z %d %d" : "write -P " + (i + 1) + " %d %d").formatted(offset, length);
            Programs.run("qemu-io", "-f", "qcow2", "-c", command, top);
            Arrays.fill(expected, offset, offset + length, (byte) (zero ? 0 : i + 1));
        }
        try (Qcow2Disk disk = Qcow2Disk.open(top)) {
            assertThat(disk.size()).isEqualTo(SIZE);
            assertThat(TestDisks.read(disk, 0, SIZE)).isEqualTo(expected);
            assertThat(TestDisks.read(disk, 1001, 70_003)).isEqualTo(Arrays.copyOfRange(expected, 1001, 71_004));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cluster_size=64k", "extended_l2=on", "cluster_size=512"})
    void reads_compressed_clusters(String options) throws IOException {
        Path golden = directory.resolve("golden.raw");
        byte[] expected = new byte[SIZE];
        for (int i = 0; i < SIZE; i++) {
            expected[i] = (byte) (i % 100 < 50 ? i / 1000 : i);
        }
        Files.write(golden, expected);
        Path packed = directory.resolve("packed.qcow2");
        Programs.run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, golden, packed);
        assertThat(Files.size(packed)).isLessThan(SIZE);
        try (Qcow2Disk disk = Qcow2Disk.open(packed)) {
            assertThat(TestDisks.read(disk, 0, SIZE)).isEqualTo(expected);
            assertThat(TestDisks.read(disk, 65_000, 1000)).isEqualTo(Arrays.copyOfRange(expected, 65_000, 66_000));
        }
    }

    @Test
    void an_overlay_stands_on_a_users_qcow2_file() throws IOException {
        Path golden = TestDisks.golden(directory, SIZE, 5);
        Path base = directory.resolve("base.qcow2");
        Programs.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", golden, base);
        RandomOperations operations = new RandomOperations(5, Files.readAllBytes(golden));
        Path work = directory.resolve("work.qcow2");
        try (Layer layer = Layer.open(base, DiskFormat.QCOW2);
                DiskClone clone = DiskClone.create(layer, work, Durability.PROCESS)) {
            operations.perform(clone, 100);
            operations.check(clone);
        }
        Programs.run("qemu-img", "check", "-f", "qcow2", work);
        Path raw = Programs.toRaw(work, directory.resolve("read-back.raw"));
        assertThat(Files.readAllBytes(raw)).isEqualTo(operations.oracle());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "compression_type=zstd | is not compressed by zlib",
                "data_file=data.raw | keeps its data in another file",
            })
    void refuses_what_it_cannot_read_and_says_what_to_do(String options, String reason) {
        Path path = directory.resolve("odd.qcow2");
        String absolute =
                options.replace("data.raw", directory.resolve("data.raw").toString());
        Programs.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", absolute, path, "1M");
        assertThatThrownBy(() -> Qcow2Disk.open(path))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(reason)
                .hasMessageContaining("qemu-img convert");
    }
}
