package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.process.Programs;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** An import that is ended while {@code qemu-img} copies. */
@Tag("boot")
class ImportEndIT {

    private static final int CLUSTER = 64 << 10;
    private static final long SIZE = 16L << 30;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM", "KILL"})
    void no_qemu_img_goes_on_copying_and_no_gigabytes_stay(String signal) throws Exception {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        Path disk = manyFromFew();
        Path home = directory.resolve("home");
        try (ChildJvm importing =
                ChildJvm.start(home, Main.class, "image", "import", disk.toString(), "--name", "guest")) {
            await("qemu-img to copy")
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> copying(home).stream().anyMatch(file -> size(file) > 1 << 20));
            List<ProcessHandle> copiers = importing
                    .process()
                    .descendants()
                    .filter(each -> each.info().command().orElse("").endsWith("/qemu-img"))
                    .toList();
            assertThat(copiers).as("qemu-img below %s", importing.output()).hasSize(1);

            new ProcessBuilder(
                            "kill",
                            "-" + signal,
                            String.valueOf(importing.process().pid()))
                    .start()
                    .waitFor();

            assertThat(importing.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            await("qemu-img to end")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> copiers.stream().noneMatch(ProcessHandle::isAlive));
            await("its disk to go")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> copying(home).isEmpty());
        }
        try (ChildJvm list = ChildJvm.start(home, Main.class, "image", "list")) {
            assertThat(list.awaitLine(line -> true, 20)).startsWith("There are no images yet");
        }
        try (Stream<Path> all = Files.walk(home)) {
            assertThat(all.filter(Files::isRegularFile)
                            .mapToLong(ImportEndIT::size)
                            .sum())
                    .isLessThan(1 << 20);
        }
    }

    private static List<Path> copying(Path home) throws IOException {
        if (!Files.exists(home.resolve("runs"))) {
            return List.of();
        }
        try (Stream<Path> runs = Files.list(home.resolve("runs"))) {
            return runs.map(run -> run.resolve("disk.raw"))
                    .filter(Files::exists)
                    .toList();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0; // gone since it was listed
        }
    }

    /** A disk whose every cluster is the same compressed one: small to make, and long to copy. */
    private Path manyFromFew() throws Exception {
        byte[] pattern = new byte[CLUSTER];
        Arrays.fill(pattern, (byte) 'x');
        Path raw = Files.write(directory.resolve("pattern.raw"), pattern);
        try (RandomAccessFile file = new RandomAccessFile(raw.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Path disk = directory.resolve("bomb.qcow2");
        Process convert = new ProcessBuilder(
                        "qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", raw.toString(), disk.toString())
                .start();
        assertThat(convert.waitFor()).isZero();
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(36);
            int tables = file.readInt();
            long l1 = file.readLong();
            file.seek(l1);
            long table = file.readLong();
            long l2 = table & 0x00ff_ffff_ffff_fe00L;
            file.seek(l2);
            long cluster = file.readLong();
            file.seek(l2);
            for (int entry = 0; entry < CLUSTER / Long.BYTES; entry++) {
                file.writeLong(cluster);
            }
            file.seek(l1);
            for (int entry = 0; entry < tables; entry++) {
                file.writeLong(table);
            }
        }
        return disk;
    }
}
