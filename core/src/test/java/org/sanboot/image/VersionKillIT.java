package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;

/** Kills JVMs that make versions and remove them, at random moments. */
@Tag("boot")
class VersionKillIT {

    private static final int ROUNDS = 8;

    @TempDir
    private Path home;

    private ImageCatalogue catalogue;

    @BeforeEach
    void importParent() throws Exception {
        Path disk = Files.write(home.resolve("disk.raw"), new byte[1 << 20]);
        catalogue = new ImageCatalogue(home);
        catalogue.add(
                new ImageImport(disk, "parent", GuestFamily.LINUX, EnumSet.of(Firmware.BIOS), "e1000", null),
                Progress.NONE);
        make(catalogue, home, 0);
    }

    @Test
    void whenever_its_maker_is_killed_a_name_means_the_old_version_or_the_new_one() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 1; round <= ROUNDS; round++) {
            killAfter(2 + random.nextInt(40));

            String context = "seed %d, round %d".formatted(seed, round);
            GoldenImage image = catalogue.find("app");
            assertThat(image.layers())
                    .as(context)
                    .allSatisfy(layer -> assertThat(layer).exists());
            catalogue.verify("app", Progress.NONE);
            catalogue.list().forEach(each -> catalogue.verify(each.name(), Progress.NONE));
            assertThat(make(catalogue, home, -round)).as(context).isEqualTo(catalogue.find("app"));
            catalogue.prune();
            try (Stream<Path> left = Files.list(home.resolve("images"))) {
                assertThat(left.map(path -> path.getFileName().toString()))
                        .as(context)
                        .containsExactlyInAnyOrder(
                                "parent", "app", catalogue.find("app").name(), ".making-app", ".lock");
            }
        }
    }

    /** The maker says when it begins with a step; it is killed somewhere in the one after. */
    private void killAfter(int steps) throws Exception {
        Process maker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Maker.class.getName(),
                        home.toString())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader out = maker.inputReader()) {
            StringBuilder said = new StringBuilder();
            for (int step = 0; step < steps; step++) {
                String line = out.readLine();
                assertThat(line).as("the maker goes on; it said:%n%s", said).isNotNull();
                said.append(line).append('\n');
            }
        } finally {
            maker.destroyForcibly().waitFor();
        }
    }

    private static GoldenImage make(ImageCatalogue catalogue, Path home, int content) throws Exception {
        Path file = Files.createTempDirectory(home, "making").resolve("overlay.qcow2");
        try (VersionInProgress making = catalogue.beginVersion("parent", "app", "digest" + content)) {
            try (Layer parent = making.parent().open();
                    DiskClone clone = DiskClone.create(parent, file, Durability.PROCESS)) {
                clone.write(0, ByteBuffer.allocate(512).putInt(0, content));
            }
            return making.seal(file, (step, done, total) -> System.out.println("hashing"));
        }
    }

    /** Makes versions, and removes the old ones, over and over. */
    static final class Maker {

        private Maker() {}

        public static void main(String[] arguments) throws Exception {
            Path home = Path.of(arguments[0]);
            ImageCatalogue catalogue = new ImageCatalogue(home);
            for (int content = 1; ; content++) {
                System.out.println("making");
                make(catalogue, home, content);
                System.out.println("pruning");
                catalogue.prune();
            }
        }
    }
}
