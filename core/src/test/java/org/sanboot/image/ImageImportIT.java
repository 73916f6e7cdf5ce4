package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.block.StoredRun;
import org.sanboot.boot.Firmware;

/** Imports with the real {@code qemu-img}. */
@Tag("boot")
class ImageImportIT {

    private static final int SIZE = 8 << 20;

    @TempDir
    Path directory;

    private ImageCatalogue catalogue;
    private byte[] contents;
    private Path raw;

    @BeforeEach
    void make_a_disk() throws IOException, InterruptedException {
        try {
            run("qemu-img", "--version");
        } catch (IOException e) {
            String message = "qemu-img is missing: apt-get install qemu-utils";
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            abort(message);
        }
        contents = new byte[SIZE];
        new Random(1).nextBytes(contents);
        Arrays.fill(contents, 1 << 20, 5 << 20, (byte) 0);
        raw = Files.write(directory.resolve("disk.raw"), contents);
        catalogue = new ImageCatalogue(directory.resolve("catalogue"));
    }

    private static void run(Object... command) throws IOException, InterruptedException {
        List<String> words = Arrays.stream(command).map(Object::toString).toList();
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(process.waitFor()).as("%s", words).isZero();
    }

    private static ImageImport request(Path source, String name) {
        return new ImageImport(source, name, GuestFamily.LINUX, Set.of(Firmware.BIOS), "virtio-net-pci", null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "qcow2", "vmdk", "vhdx", "vdi"})
    void any_format_becomes_the_same_raw_image(String format) throws Exception {
        Path source = directory.resolve("disk." + format);
        if (!format.equals("raw")) {
            run("qemu-img", "convert", "-f", "raw", "-O", format, raw, source);
        }
        List<String> steps = new ArrayList<>();
        GoldenImage image = catalogue.add(
                request(source, "guest"), (step, done, total) -> steps.add(step + " " + 100 * done / total));

        assertThat(image.size()).isEqualTo(SIZE);
        assertThat(image.allocated()).isLessThan(SIZE - (3 << 20));
        assertThat(image.sha256()).isEqualTo(DiskDigest.ofRaw(raw, List.of(new StoredRun(0, SIZE)), Progress.NONE));
        assertThat(Files.readAllBytes(image.disk())).isEqualTo(contents);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(image.disk())))
                .isEqualTo("r--r--r--");
        assertThat(steps).contains("CONVERT 100", "HASH 100");
        assertThat(catalogue.find("guest")).isEqualTo(image);
        try (var files = Files.list(directory.resolve("catalogue/images/guest"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(image.sha256() + ".raw", "image.json", "lock");
        }
        catalogue.verify("guest", Progress.NONE);
    }

    @Test
    void a_name_is_given_once_even_to_imports_at_the_same_time() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(3);
        try {
            List<Future<GoldenImage>> imports = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                imports.add(pool.submit(() -> catalogue.add(request(raw, "guest"), Progress.NONE)));
            }
            int successes = 0;
            for (Future<GoldenImage> attempt : imports) {
                try {
                    attempt.get();
                    successes++;
                } catch (ExecutionException e) {
                    assertThat(e.getCause())
                            .isInstanceOf(ConfigurationException.class)
                            .hasMessageContaining("There is an image \"guest\" already");
                }
            }
            assertThat(successes).isEqualTo(1);
        } finally {
            pool.shutdownNow();
        }
        catalogue.verify("guest", Progress.NONE);
        try (var files = Files.list(directory.resolve("catalogue/images"))) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("guest", ".lock");
        }
    }

    @Test
    void another_process_holds_an_image_until_it_is_killed() throws Exception {
        catalogue.add(request(raw, "guest"), Progress.NONE);
        Process holder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        directory.resolve("catalogue").toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = holder.inputReader()) {
            assertThat(output.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> catalogue.remove("guest"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("in use by process " + holder.pid());
            try (ImageHold shared = catalogue.use("guest")) {
                assertThat(shared.image().name()).isEqualTo("guest");
            }
        } finally {
            holder.destroyForcibly();
        }
        assertThat(holder.waitFor()).isNotZero();
        Awaitility.await("the killed process's lock is gone")
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> catalogue.remove("guest"));
        assertThat(catalogue.list()).isEmpty();
    }

    /** Holds an image until its standard input ends or it is killed. */
    static final class Holder {

        private Holder() {}

        public static void main(String[] arguments) throws IOException {
            try (ImageHold hold = new ImageCatalogue(Path.of(arguments[0])).use("guest")) {
                System.out.println("held");
                System.in.read();
                System.out.println(hold.image().name());
            }
        }
    }
}
