package org.sanboot.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureDescription.Kind;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.Credentials;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.Secret;
import org.sanboot.testing.TestHome;

/** Boots that cannot succeed: each is one sentence of the right kind, leaves its evidence, and nothing that runs. */
@Tag("boot")
class BootTroubleIT {

    @TempDir
    private Path directory;

    private Path home;
    private GoldenImage tiny;

    @BeforeEach
    void makeHome() throws Exception {
        home = TestHome.withTinyGuest(directory.resolve("home"));
        tiny = new ImageCatalogue(home).find(TestHome.TINY);
    }

    @ParameterizedTest
    @EnumSource(Firmware.class)
    void a_disk_without_a_boot_loader_is_infrastructure_trouble_that_names_the_stage(Firmware firmware)
            throws Exception {
        Path blank = directory.resolve("blank.raw");
        try (RandomAccessFile file = new RandomAccessFile(blank.toFile(), "rw")) {
            file.setLength(16 << 20);
        }
        add(blank, "blank", tiny.credentials());
        try (Lab lab = open()) {
            BootFailedException failed = catchThrowableOfType(
                    BootFailedException.class,
                    () -> lab.boot(request("blank").firmware(firmware).build()));

            assertThat(failed)
                    .hasMessageContaining("host (image blank) did not become ready: it reached 'first read', then")
                    .hasMessageContaining("Likely causes: the boot loader")
                    .hasMessageContaining("sanboot failures delete");
            Failure failure = failed.failure().orElseThrow();
            assertThat(failure.manifest().test().kind()).isEqualTo(Kind.INFRASTRUCTURE);
            assertThat(failure.directory()).isDirectoryContaining("glob:**/boot.ipxe");
            assertThat(failure.manifest().screenshots()).isNotEmpty();
        }
        assertThat(home.resolve("runs")).isEmptyDirectory();
    }

    @Test
    void a_login_that_the_guest_refuses_is_a_mistake_of_the_configuration_and_leaves_its_evidence() throws Exception {
        Path otherKey = directory.resolve("other");
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", otherKey.toString())
                .start()
                .waitFor();
        add(tiny.disk(), "locked", new Credentials("root", new Secret.PrivateKey(otherKey)));
        try (Lab lab = open()) {
            assertThatThrownBy(() -> lab.boot(request("locked").build()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("refuses user 'root' with key " + otherKey);
        }
        assertThat(FailureStore.at(home).list())
                .singleElement()
                .satisfies(
                        failure -> assertThat(failure.manifest().test().kind()).isEqualTo(Kind.CONFIGURATION));
    }

    @Test
    void an_image_that_is_gone_is_one_sentence_and_nothing_is_started() throws Exception {
        tiny.disk().toFile().setWritable(true);
        Files.delete(tiny.disk());
        try (Lab lab = open()) {
            assertThatThrownBy(() -> lab.boot(request(TestHome.TINY).build()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining(tiny.disk().toString());
            assertThatThrownBy(() -> lab.boot(request("no-such").build()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("There is no image \"no-such\"")
                    .hasMessageContaining("sanboot image import");
            assertThat(lab.summary().bootsFailed()).isZero();
        }
    }

    @Test
    void a_time_that_no_guest_boots_in_ends_the_boot_with_the_stage_it_reached() throws Exception {
        try (Lab lab = open()) {
            assertThatThrownBy(() -> lab.boot(request(TestHome.TINY)
                            .readyTimeout(Duration.ofSeconds(2))
                            .build()))
                    .isInstanceOf(BootFailedException.class)
                    .hasMessageContaining("nothing more came for");
        }
    }

    @Test
    void a_full_disk_gives_the_guest_an_error_and_the_lab_trouble_and_harms_nothing_else() throws Exception {
        // A small file system of its own for the home, in namespaces that need no privileges.
        Path output = directory.resolve("output.txt");
        Process process = new ProcessBuilder(
                        "unshare",
                        "--user",
                        "--map-root-user",
                        "--mount",
                        "sh",
                        "-c",
                        "mount -t tmpfs -o size=100m none \"$1\" && exec \"$2\" -cp \"$3\" \"$4\" \"$1\" \"$5\" \"$6\"",
                        "sh",
                        Files.createDirectory(directory.resolve("small")).toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        System.getProperty("java.class.path"),
                        FillingRun.class.getName(),
                        tiny.disk().toString(),
                        ((Secret.PrivateKey) tiny.credentials().secret()).file().toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(240, TimeUnit.SECONDS)).isTrue();

        assertThat(output)
                .content()
                .contains("guest: dd: error writing")
                .contains("lab: the disk of host failed")
                .contains("image: as it was imported");
    }

    private Lab open() {
        return Lab.open(new LabConfiguration(home, 2));
    }

    private void add(Path disk, String name, Credentials credentials) {
        new ImageCatalogue(home)
                .add(
                        new ImageImport(
                                disk,
                                name,
                                GuestFamily.LINUX,
                                EnumSet.allOf(Firmware.class),
                                "virtio-net-pci",
                                credentials),
                        Progress.NONE);
    }

    private static HostRequest.Builder request(String image) {
        return HostRequest.of(image).memoryMebibytes(256).purpose("BootTroubleIT");
    }

    /** Boots a guest that writes more than the host's disk takes. */
    static final class FillingRun {
        public static void main(String[] arguments) {
            Path home = Path.of(arguments[0]);
            ImageCatalogue catalogue = new ImageCatalogue(home);
            catalogue.add(
                    new ImageImport(
                            Path.of(arguments[1]),
                            TestHome.TINY,
                            GuestFamily.LINUX,
                            EnumSet.of(Firmware.BIOS),
                            "virtio-net-pci",
                            new Credentials("root", new Secret.PrivateKey(Path.of(arguments[2])))),
                    Progress.NONE);
            fill(home);
            try (Lab lab = Lab.open(new LabConfiguration(home, 1))) {
                Stay stay = lab.boot(request(TestHome.TINY).build());
                var dd = stay.host().run("dd if=/dev/urandom of=/root/filler bs=1M count=40 oflag=direct 2>&1; sync");
                System.out.println("guest: " + dd.stdout());
                System.out.println("lab: " + stay.labTrouble().orElse("no trouble"));
                stay.discard();
            }
            catalogue.verify(TestHome.TINY, Progress.NONE);
            System.out.println("image: as it was imported");
        }

        /** Leaves 12 MiB: enough to boot, too little for what the guest writes then. */
        private static void fill(Path home) {
            try (RandomAccessFile file =
                    new RandomAccessFile(home.resolve("filler").toFile(), "rw")) {
                byte[] block = new byte[1 << 20];
                while (Files.getFileStore(home).getUsableSpace() > 12 << 20) {
                    file.write(block);
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
