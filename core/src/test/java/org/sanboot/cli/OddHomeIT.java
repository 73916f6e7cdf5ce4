package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.InfrastructureException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.VersionInProgress;
import org.sanboot.process.Programs;
import org.sanboot.testing.Namespace;
import org.sanboot.testing.TestHome;

/** Homes where one would not have put them: each works, or says in one sentence why not. */
@Tag("boot")
class OddHomeIT {

    @TempDir
    private Path directory;

    private Path disk;
    private Path home;

    @BeforeEach
    void make_a_disk() throws Exception {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        Namespace.require();
        byte[] content = new byte[1 << 20];
        new Random(5).nextBytes(content);
        disk = Files.write(directory.resolve("disk.raw"), content);
        home = Files.createDirectory(directory.resolve("home"));
    }

    @Test
    void a_home_on_a_small_file_system_behind_a_link_with_closed_modes_works_and_can_be_moved() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), home);
        Namespace.Result result = Namespace.run(link, """
                mount -t tmpfs -o size=16m sanboot "$1"
                umask 077
                java org.sanboot.cli.OddHomeIT\\$Life "$SANBOOT_HOME" "$2"
                mkdir "$1/moved"
                mv "$1/images" "$1/failures" "$1/moved/"
                java org.sanboot.cli.OddHomeIT\\$Again "$1/moved"
                """, home, disk);
        assertThat(result.output()).isEqualTo("lived\nlives again\n");
        assertThat(result.status()).isZero();
    }

    @Test
    void images_on_another_file_system_than_runs_are_refused_before_the_work() throws Exception {
        Namespace.Result result = Namespace.run(home, """
                mkdir "$1/images"
                mount -t tmpfs -o size=1m sanboot "$1/images"
                java org.sanboot.cli.Main image import "$2" --name guest || echo "status $?"
                ls -A "$1/images"
                """, home, disk);
        assertThat(result.output().lines())
                .hasSize(3)
                .first()
                .asString()
                .isEqualTo(
                        "sanboot: Images in %1$s/images cannot be made, because %1$s/runs is on another file system; put both on one, as in a home where neither is a link.",
                        home.toRealPath());
        assertThat(result.output()).endsWith("\nstatus 2\n.lock\n");
    }

    @Test
    void an_import_that_finds_no_space_is_one_sentence_and_leaves_nothing() throws Exception {
        Namespace.Result result = Namespace.run(home, """
                mount -t tmpfs -o size=900k sanboot "$1"
                java org.sanboot.cli.Main image import "$2" --name guest || echo "status $?"
                ls -A "$1/images" "$1/runs"
                java org.sanboot.cli.Main image list
                """, home, disk);
        assertThat(result.output().lines().toList())
                .satisfies(lines -> assertThat(lines.get(0))
                        .startsWith("sanboot: Disk " + disk
                                + " cannot be converted: there is no space left on the file system of ")
                        .endsWith("make room, or put Sanboot's home elsewhere: SANBOOT_HOME."));
        assertThat(result.output().substring(result.output().indexOf('\n') + 1))
                .isEqualTo("status 1\n%1$s/images:\n.lock\n\n%1$s/runs:\n%2$s\n"
                        .formatted(home, "There are no images yet; 'sanboot image import FILE --name NAME' adds one."));
    }

    @Test
    void wherever_the_space_runs_out_the_catalogue_is_as_it_was() throws Exception {
        Namespace.Result result = Namespace.run(home, """
                mount -t tmpfs -o size=8m sanboot "$1"
                java org.sanboot.cli.OddHomeIT\\$Filling "$1" "$2"
                """, home, disk);
        assertThat(result.output()).as("%s", result).endsWith("went through all\n");
    }

    private static ImageImport request(Path disk, String name) {
        return new ImageImport(disk, name, GuestFamily.LINUX, Set.of(Firmware.BIOS), "e1000", null);
    }

    private static void version(ImageCatalogue catalogue, Path home, String digest) throws IOException {
        Path overlay = home.resolve("overlay.qcow2");
        try (VersionInProgress making = catalogue.beginVersion("guest", "app", digest);
                Layer parent = making.parent().open()) {
            try (DiskClone clone = DiskClone.create(parent, overlay, Durability.PROCESS)) {
                clone.write(0, ByteBuffer.wrap(digest.getBytes()));
            }
            making.seal(overlay, Progress.NONE);
        } finally {
            Files.deleteIfExists(overlay);
        }
    }

    private static void verify(ImageCatalogue catalogue) {
        catalogue.list().forEach(image -> catalogue.verify(image.name(), Progress.NONE));
    }

    /** An image is imported, used, replaced, built upon, and a disk is kept on it. */
    static final class Life {

        private Life() {}

        public static void main(String[] arguments) throws IOException {
            Path home = Path.of(arguments[0]);
            ImageCatalogue catalogue = new ImageCatalogue(home);
            catalogue.add(request(Path.of(arguments[1]), "guest"), Progress.NONE);
            version(catalogue, home, "one");
            version(catalogue, home, "two");
            Path kept = Files.createDirectories(home.resolve("failures/one")).resolve("disk.qcow2");
            try (ImageHold hold = catalogue.use("app");
                    Layer base = hold.image().open()) {
                DiskClone.create(base, kept, Durability.PROCESS).close();
                hold.retain(kept);
            }
            verify(catalogue);
            System.out.println("lived");
        }
    }

    /** All of it is there, in another place. */
    static final class Again {

        private Again() {}

        public static void main(String[] arguments) {
            Path home = Path.of(arguments[0]);
            ImageCatalogue catalogue = new ImageCatalogue(home);
            verify(catalogue);
            assertThat(catalogue.names()).containsExactly("app", "app-1", "app-2", "guest");
            assertThat(catalogue.retained("app")).containsExactly(home.resolve("failures/one/disk.qcow2"));
            assertThat(catalogue.prune()).containsExactly("app-1");
            Layer.open(catalogue.find("app").disk(), org.sanboot.block.DiskFormat.QCOW2)
                    .close();
            System.out.println("lives again");
        }
    }

    /** Imports, replaces, builds and removes with ever less space. */
    static final class Filling {

        private static final int[] FREE_KIBIBYTES = {48, 24, 16, 12, 8, 4, 0};
        private static final String NO_SPACE = "(?s).*(no space left|No space left|host's disk is full).*";

        private Filling() {}

        public static void main(String[] arguments) throws IOException {
            Path home = Path.of(arguments[0]);
            Path filler = home.resolve("filler");
            ImageCatalogue catalogue = new ImageCatalogue(home);
            catalogue.add(request(Path.of(arguments[1]), "guest"), Progress.NONE);
            Path other = Files.write(home.resolve("other.raw"), new byte[4096 + 512]);
            String golden = catalogue.find("guest").sha256();
            int refused = 0;
            for (int free : FREE_KIBIBYTES) {
                for (String operation : new String[] {"import", "replace", "build", "prune", "remove"}) {
                    fill(filler, free << 10);
                    Set<String> before = Set.copyOf(catalogue.names());
                    boolean done = attempt(operation, catalogue, home, other);
                    Files.delete(filler);
                    verify(catalogue);
                    assertThat(catalogue.damaged()).isEmpty();
                    assertThat(catalogue.find("guest").sha256()).isEqualTo(golden);
                    if (!done) {
                        refused++;
                        assertThat(catalogue.names()).isEqualTo(before);
                        assertThat(attempt(operation, catalogue, home, other)).isTrue();
                    }
                }
                for (String name : new String[] {"app", "other"}) {
                    if (catalogue.names().contains(name)) {
                        catalogue.remove(name);
                    }
                }
                try (Stream<Path> left = Files.list(home.resolve("images"))) {
                    assertThat(left.map(path -> path.getFileName().toString()))
                            .containsExactlyInAnyOrder("guest", ".lock", ".making-app");
                }
            }
            assertThat(refused).isGreaterThan(4);
            System.out.println("went through all");
        }

        private static boolean attempt(String operation, ImageCatalogue catalogue, Path home, Path other)
                throws IOException {
            try {
                switch (operation) {
                    case "import" -> catalogue.add(request(other, "other"), Progress.NONE);
                    case "replace" -> catalogue.addOrReplace(request(other, "other"), Progress.NONE);
                    case "build" -> version(catalogue, home, "digest" + System.nanoTime());
                    case "prune" -> catalogue.prune();
                    default -> catalogue.remove("other");
                }
                return true;
            } catch (InfrastructureException e) {
                assertThat(e.getMessage()).matches(NO_SPACE);
                return false;
            }
        }

        private static void fill(Path filler, int free) throws IOException {
            byte[] page = new byte[4096];
            try (var out = Files.newOutputStream(filler)) {
                while (Files.getFileStore(filler).getUsableSpace() > free) {
                    out.write(page);
                }
            }
        }
    }
}
