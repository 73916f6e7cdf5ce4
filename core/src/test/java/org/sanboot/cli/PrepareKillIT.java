package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.Progress;

/** Kills JVMs that prepare an image, at moments spread over the time that it takes. */
@Tag("boot")
class PrepareKillIT {

    private static final int ROUNDS = 8;

    @TempDir
    private Path home;

    @Test
    void whenever_prepare_is_killed_there_is_the_whole_version_or_none() throws Exception {
        CatalogueWindowsImagesIT.importImage(home, "w7");
        ImageCatalogue catalogue = new ImageCatalogue(home);
        Duration whole = killAfter(Duration.ofMinutes(5));
        assertThat(catalogue.names()).containsExactly("w7", "w7-prepared");
        String sha256 = catalogue.find("w7-prepared").sha256();
        catalogue.remove("w7-prepared");
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            Duration time = whole.multipliedBy(8L * round + random.nextInt(8)).dividedBy(8L * ROUNDS);
            killAfter(time);

            String context = "seed %d, round %d, killed after %s".formatted(seed, round, time);
            assertThat(catalogue.names()).as(context).contains("w7").isSubsetOf("w7", "w7-prepared");
            catalogue.list().forEach(image -> catalogue.verify(image.name(), Progress.NONE));
            assertThat(CatalogueWindowsImagesIT.run(home, "prepare", "w7").exit())
                    .as(context)
                    .isZero();
            assertThat(catalogue.find("w7-prepared").sha256()).as(context).isEqualTo(sha256);
            assertThat(catalogue.children("w7")).as(context).containsExactly("w7-prepared");
            try (Stream<Path> left = Files.list(home.resolve("images"))) {
                assertThat(left.map(path -> path.getFileName().toString()))
                        .as(context)
                        .containsExactlyInAnyOrder("w7", "w7-prepared", ".lock");
            }
            catalogue.remove("w7-prepared");
        }
    }

    /** Returns how long it went on since it began. */
    private Duration killAfter(Duration time) throws Exception {
        Process preparing = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Preparing.class.getName(),
                        home.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = preparing.inputReader()) {
            assertThat(out.readLine()).isEqualTo("begins");
            long start = System.nanoTime();
            preparing.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
            return Duration.ofNanos(System.nanoTime() - start);
        } finally {
            preparing.destroyForcibly().waitFor();
        }
    }

    /** Prepares the image once. */
    static final class Preparing {

        private Preparing() {}

        public static void main(String[] arguments) {
            System.out.println("begins");
            System.exit(CatalogueWindowsImagesIT.run(Path.of(arguments[0]), "prepare", "w7")
                    .exit());
        }
    }
}
