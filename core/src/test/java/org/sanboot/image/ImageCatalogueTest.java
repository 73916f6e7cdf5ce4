package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;

class ImageCatalogueTest {

    private static final Credentials ROOT = new Credentials("root", Secret.parse("key:/etc/lab/key"));

    @TempDir
    Path directory;

    private ImageCatalogue catalogue;

    @BeforeEach
    void open() {
        catalogue = new ImageCatalogue(directory);
    }

    /** Makes an image of 1 MiB without qemu-img. */
    private GoldenImage install(String name) throws IOException {
        Path own = Files.createDirectories(directory.resolve("images").resolve(name));
        Path base = Files.write(own.resolve("base.raw"), new byte[1 << 20]);
        GoldenImage image = new GoldenImage(
                name,
                ImageCatalogue.sha256(base, Progress.NONE),
                1 << 20,
                4096,
                GuestFamily.LINUX,
                Set.of(Firmware.BIOS, Firmware.UEFI),
                "virtio-net-pci",
                ROOT,
                Instant.parse("2026-11-22T10:00:00Z"),
                List.of(base));
        Files.createFile(own.resolve("lock"));
        Files.write(own.resolve("image.json"), Descriptor.of(image).encode());
        return image;
    }

    @Test
    void what_was_kept_is_found_again() throws IOException {
        GoldenImage debian = install("debian-12");
        GoldenImage windows = install("win11");
        assertThat(catalogue.find("debian-12")).isEqualTo(debian);
        assertThat(catalogue.list()).containsExactly(debian, windows);
        assertThat(new ImageCatalogue(directory.resolve("nothing")).list()).isEmpty();
    }

    @Test
    void no_secret_is_in_the_descriptor_but_where_to_find_it() throws IOException {
        install("debian-12");
        assertThat(directory.resolve("images/debian-12/image.json"))
                .content()
                .contains("\"secret\" : \"key:/etc/lab/key\"", "\"version\" : 1");
    }

    @Test
    void an_unknown_image_is_answered_with_the_known_ones() throws IOException {
        assertThatThrownBy(() -> catalogue.find("debian-12")).hasMessageContaining("it has none");
        install("debian-12");
        assertThatThrownBy(() -> catalogue.find("debian-13"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("There is no image \"debian-13\"")
                .hasMessageContaining("known: debian-12")
                .hasMessageContaining("sanboot image import DISK --name debian-13");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Debian", "../etc", ".hidden", "a/b", "-x"})
    void a_name_that_could_be_mistaken_is_refused(String name) {
        assertThatThrownBy(() -> catalogue.find(name))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is no name for an image");
    }

    @Test
    void a_disk_that_is_gone_or_of_another_size_is_told_at_use() throws IOException {
        GoldenImage image = install("debian-12");
        Files.write(image.disk(), new byte[512]);
        assertThatThrownBy(() -> catalogue.use("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("has 512 bytes, not 1048576");
        Files.delete(image.disk());
        assertThatThrownBy(() -> catalogue.use("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("has lost its disk");
    }

    @Test
    void verify_notices_a_changed_byte() throws IOException {
        GoldenImage image = install("debian-12");
        catalogue.verify("debian-12", Progress.NONE);
        byte[] changed = new byte[1 << 20];
        changed[4711] = 1;
        Files.write(image.disk(), changed);
        assertThatThrownBy(() -> catalogue.verify("debian-12", Progress.NONE))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("was changed");
    }

    @Test
    void an_image_in_use_is_not_removed() throws IOException {
        install("debian-12");
        ImageHold first = catalogue.use("debian-12");
        ImageHold second = catalogue.use("debian-12");
        assertThatThrownBy(() -> catalogue.remove("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("in use by this process, 2 times");
        first.close();
        first.close();
        assertThatThrownBy(() -> catalogue.remove("debian-12")).hasMessageContaining("1 time");
        second.close();
        catalogue.remove("debian-12");
        assertThat(catalogue.list()).isEmpty();
        assertThat(directory.resolve("images")).isEmptyDirectory();
    }

    @Test
    void an_image_below_a_preserved_disk_is_removed_only_when_that_is_gone() throws IOException {
        install("debian-12");
        Path preserved = Files.createFile(directory.resolve("failed.qcow2"));
        catalogue.retain("debian-12", preserved);
        assertThat(catalogue.retained("debian-12")).containsExactly(preserved);
        assertThatThrownBy(() -> catalogue.remove("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(preserved.toString());
        Files.delete(preserved);
        catalogue.remove("debian-12");
        assertThatThrownBy(() -> catalogue.remove("debian-12")).hasMessageContaining("There is no image");
    }

    @Test
    void a_disk_is_noted_before_it_is_moved_to_its_place_and_moves_with_the_home() throws IOException {
        install("debian-12");
        Path preserved = directory.resolve("failures/one/disk.qcow2");
        try (ImageHold hold = catalogue.use("debian-12")) {
            hold.retain(preserved);
            assertThat(catalogue.retained("debian-12")).isEmpty();
            Files.createDirectories(preserved.getParent());
            Files.createFile(preserved);
        }
        assertThat(catalogue.retained("debian-12")).containsExactly(preserved);
        Path moved = directory.resolve("moved");
        Files.createDirectory(moved);
        Files.move(directory.resolve("images"), moved.resolve("images"));
        Files.move(directory.resolve("failures"), moved.resolve("failures"));
        assertThat(new ImageCatalogue(moved).retained("debian-12"))
                .containsExactly(moved.resolve("failures/one/disk.qcow2"));
        assertThatThrownBy(() -> new ImageCatalogue(moved).remove("debian-12"))
                .hasMessageContaining("preserved disks stand on it");
    }

    @Test
    void a_descriptor_that_cannot_be_read_is_named() throws IOException {
        install("debian-12");
        Path descriptor = directory.resolve("images/debian-12/image.json");
        Files.writeString(descriptor, "{\"version\": 7}");
        assertThatThrownBy(() -> catalogue.find("debian-12")).hasMessageContaining("has version 7");
        Files.writeString(descriptor, "{\"version\": 1}");
        assertThatThrownBy(() -> catalogue.find("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("cannot be read");
        Files.writeString(descriptor, "{");
        assertThatThrownBy(() -> catalogue.find("debian-12")).isInstanceOf(ConfigurationException.class);
        catalogue.remove("debian-12");
    }

    @Test
    void a_missing_qemu_img_is_answered_with_the_package() throws IOException {
        Path source = Files.write(directory.resolve("disk.raw"), new byte[512]);
        ImageCatalogue without = new ImageCatalogue(directory, new QemuImg("no-such-program"));
        ImageImport request = new ImageImport(source, "x", GuestFamily.OTHER, Set.of(Firmware.BIOS), "e1000", null);
        assertThatThrownBy(() -> without.add(request, Progress.NONE))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("apt-get install qemu-utils");
        assertThat(directory.resolve("images")).isEmptyDirectory();
    }

    @Test
    void what_killed_imports_left_is_deleted_by_the_next() throws IOException {
        Path images = directory.resolve("images");
        Path killed = Files.createDirectories(images.resolve(".import-1"));
        Files.createFile(killed.resolve("importing"));
        Path killedEarly = Files.createDirectories(images.resolve(".import-2"));
        Files.setLastModifiedTime(killedEarly, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        Path beginning = Files.createDirectories(images.resolve(".import-3"));
        Path running = Files.createDirectories(images.resolve(".import-4"));
        ImageLock.acquireExclusive(running.resolve("importing"));
        Files.createDirectories(images.resolve(".removed-5/references"));

        a_missing_import(images);

        assertThat(killed).doesNotExist();
        assertThat(killedEarly).doesNotExist();
        assertThat(beginning).exists();
        assertThat(running).exists();
        assertThat(images.resolve(".removed-5")).doesNotExist();
        ImageLock.release(running.resolve("importing"));
    }

    private void a_missing_import(Path images) throws IOException {
        Path source = Files.write(directory.resolve("disk.raw"), new byte[512]);
        ImageImporter importer = new ImageImporter(images, new QemuImg("no-such-program"));
        assertThatThrownBy(() -> importer.add(
                        new ImageImport(source, "x", GuestFamily.OTHER, Set.of(Firmware.BIOS), "e1000", null),
                        Progress.NONE))
                .isInstanceOf(ConfigurationException.class);
    }

    @Test
    void the_users_directory_follows_the_environment() {
        Path home = Path.of("/home/me");
        assertThat(ImageCatalogue.homeOfUser(Map.of(), home)).hasToString("/home/me/.local/share/sanboot");
        assertThat(ImageCatalogue.homeOfUser(Map.of("XDG_DATA_HOME", "/data"), home))
                .hasToString("/data/sanboot");
        assertThat(ImageCatalogue.homeOfUser(Map.of("XDG_DATA_HOME", "relative"), home))
                .hasToString("/home/me/.local/share/sanboot");
        assertThat(ImageCatalogue.homeOfUser(Map.of("SANBOOT_HOME", "/lab", "XDG_DATA_HOME", "/data"), home))
                .hasToString("/lab");
    }

    @Test
    void an_impossible_network_card_or_no_firmware_is_refused() {
        assertThatThrownBy(() ->
                        new ImageImport(directory, "x", GuestFamily.OTHER, Set.of(Firmware.BIOS), "e1000,bus=x", null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("e1000,bus=x");
        assertThatThrownBy(() -> new ImageImport(directory, "x", GuestFamily.OTHER, Set.of(), "e1000", null))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("BIOS, UEFI");
    }
}
