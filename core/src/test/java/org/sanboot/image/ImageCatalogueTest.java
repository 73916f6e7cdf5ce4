package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BackingName;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
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
                digest(base),
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

    private static String digest(Path raw) {
        try (Layer disk = Layer.open(List.of(raw))) {
            return DiskDigest.ofAllBytes(disk, Progress.NONE);
        }
    }

    private List<String> entries() throws IOException {
        try (Stream<Path> entries = Files.list(directory.resolve("images"))) {
            return entries.map(entry -> entry.getFileName().toString()).toList();
        }
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
        assertThat(entries()).containsExactly(".lock");
    }

    @Test
    void a_note_of_what_stands_on_an_image_is_made_once_and_can_be_taken_back() throws IOException {
        install("debian-12");
        Path preserved = Files.createFile(directory.resolve("failed.qcow2"));
        catalogue.retain("debian-12", preserved);
        catalogue.retain("debian-12", preserved);
        catalogue.release("debian-12", preserved);
        catalogue.release("debian-12", preserved);
        catalogue.release("no-such", preserved);
        assertThat(catalogue.retained("debian-12")).isEmpty();
        catalogue.remove("debian-12");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "null",
                "[1]",
                "{\"version\": 1}",
                "{\"version\": 8}",
                "\\u0000",
                "firmware: NONE",
                "imported: yesterday",
                "layers: a\\u0000b",
                "nicModel: ,",
                "(a directory)",
                "(gone)"
            })
    void a_damaged_descriptor_is_told_and_every_other_image_is_as_useful_as_before(String damage) throws IOException {
        GoldenImage healthy = install("debian-12");
        install("app-1");
        Files.write(directory.resolve("images/app-1/version.json"), new Version("app", 1, "00").encode());
        Files.createSymbolicLink(directory.resolve("images/app"), Path.of("debian-12"));
        install("damaged");
        Path descriptor = directory.resolve("images/damaged/image.json");
        damage(descriptor, damage);

        assertThat(catalogue.list()).extracting(GoldenImage::name).containsExactly("app-1", "debian-12");
        assertThat(catalogue.damaged()).containsOnlyKeys("damaged");
        assertThat(catalogue.damaged().get("damaged"))
                .contains(descriptor.toString())
                .containsAnyOf("sanboot image remove damaged", "use the Sanboot that wrote it")
                .doesNotContain("\n");
        assertThatThrownBy(() -> catalogue.find("damaged"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(descriptor.toString());
        assertThat(catalogue.find("debian-12")).isEqualTo(healthy);
        assertThat(catalogue.names()).contains("debian-12", "app", "app-1");
        assertThat(catalogue.children("debian-12")).isEmpty();
        catalogue.verify("debian-12", Progress.NONE);
        assertThat(catalogue.prune()).containsExactly("app-1");
        catalogue.remove("app");
        catalogue.remove("debian-12");
        catalogue.remove("damaged");
        assertThat(catalogue.damaged()).isEmpty();
    }

    private static void damage(Path descriptor, String damage) throws IOException {
        String whole = Files.readString(descriptor);
        if (damage.startsWith("(")) {
            Files.delete(descriptor);
            if (damage.equals("(a directory)")) {
                Files.createDirectory(descriptor);
            }
        } else if (damage.contains(": ") && !damage.startsWith("{")) {
            String key = damage.substring(0, damage.indexOf(':'));
            String value = '"' + damage.substring(key.length() + 2) + '"';
            boolean list = key.equals("firmware") || key.equals("layers");
            String changed = whole.replaceFirst(
                    "(?s)\"" + key + "\" : (\\[.*?\\]|[^\\n]*?)(,?)\\n",
                    java.util.regex.Matcher.quoteReplacement("\"" + key + "\" : " + (list ? "[" + value + "]" : value))
                            + "$2\n");
            assertThat(changed).isNotEqualTo(whole);
            Files.writeString(descriptor, changed);
        } else {
            Files.writeString(descriptor, damage);
        }
    }

    @Test
    void an_image_goes_by_the_name_of_its_directory() throws IOException {
        install("debian-12");
        Files.move(directory.resolve("images/debian-12"), directory.resolve("images/renamed"));
        assertThat(catalogue.list()).extracting(GoldenImage::name).containsExactly("renamed");
        try (ImageHold hold = catalogue.use("renamed")) {
            assertThat(hold.image().name()).isEqualTo("renamed");
            assertThatThrownBy(() -> catalogue.remove("renamed")).hasMessageContaining("in use");
        }
    }

    @Test
    void what_a_damaged_version_stands_on_stays_for_its_disk_says_so_itself() throws IOException {
        install("debian-12");
        Path overlay = directory.resolve("overlay.qcow2");
        try (Layer base = catalogue.find("debian-12").open()) {
            DiskClone.create(base, overlay, Durability.PROCESS).close();
        }
        Path version = Files.createDirectories(directory.resolve("images/tools"));
        Files.createFile(version.resolve("lock"));
        Files.move(overlay, version.resolve("00.qcow2"));
        Files.writeString(version.resolve("image.json"), "{");

        assertThat(catalogue.children("debian-12")).containsExactly("tools");
        assertThatThrownBy(() -> catalogue.remove("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("remove them first: tools");
        catalogue.remove("tools");
        catalogue.remove("debian-12");
    }

    @Test
    void a_version_that_an_earlier_sanboot_made_opens_after_a_move_though_its_disk_names_the_old_place()
            throws IOException {
        GoldenImage parent = install("debian-12");
        Path version = Files.createDirectories(directory.resolve("images/tools"));
        Path disk = version.resolve("base.qcow2");
        try (Layer base = parent.open()) {
            DiskClone.create(base, disk, Durability.PROCESS).close();
        }
        GoldenImage image = parent.asVersion("tools", "00", 512, List.of(parent.disk(), disk));
        Files.write(version.resolve("image.json"), Descriptor.of(image).encode());
        assertThat(BackingName.of(disk)).contains(parent.disk().toString());
        Path moved = Files.createDirectory(directory.resolve("moved"));
        Files.move(directory.resolve("images"), moved.resolve("images"));

        GoldenImage found = new ImageCatalogue(moved).find("tools");
        try (Layer opened = found.open()) {
            assertThat(opened.size()).isEqualTo(parent.size());
        }
        assertThat(found.parent()).contains("debian-12");
    }

    @Test
    void a_version_whose_number_cannot_be_read_is_an_image_like_others() throws IOException {
        install("app-1");
        install("app-2");
        Path images = directory.resolve("images");
        Files.write(images.resolve("app-1/version.json"), new Version("app", 1, "00").encode());
        Files.createDirectory(images.resolve("app-2/version.json"));
        Files.createSymbolicLink(images.resolve("app"), Path.of("app-1"));
        assertThat(catalogue.versionNames()).containsOnly(Map.entry("app", "app-1"));
        assertThat(catalogue.prune()).isEmpty();
        ImageImport onVersion =
                new ImageImport(directory, "app-2", GuestFamily.OTHER, Set.of(Firmware.BIOS), "e1000", null);
        assertThatThrownBy(() -> catalogue.addOrReplace(onVersion, Progress.NONE))
                .hasMessageContaining("that a recipe builds");
        catalogue.remove("app");
        assertThat(catalogue.names()).containsExactly("app-2");
        catalogue.remove("app-2");
    }

    @Test
    void a_name_that_means_nothing_any_more_says_so_and_can_be_removed() throws IOException {
        install("debian-12");
        Files.createSymbolicLink(directory.resolve("images/app"), Path.of("app-3"));
        Files.createSymbolicLink(directory.resolve("images/root"), Path.of("/"));
        assertThatThrownBy(() -> catalogue.find("app"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("means image app-3, which is not there")
                .hasMessageContaining("sanboot image remove app");
        assertThatThrownBy(() -> catalogue.find("root")).isInstanceOf(ConfigurationException.class);
        catalogue.remove("app");
        catalogue.remove("root");
        assertThat(catalogue.names()).containsExactly("debian-12");
    }

    @Test
    void a_note_of_what_stands_on_an_image_that_cannot_be_read_keeps_the_image() throws IOException {
        install("debian-12");
        Path references = Files.createDirectories(directory.resolve("images/debian-12/references"));
        Path empty = Files.createFile(references.resolve("1"));
        Path torn = Files.write(references.resolve("2"), new byte[64]);
        Path noText = Files.write(references.resolve("3"), new byte[] {(byte) 0xff});
        assertThat(catalogue.retained("debian-12")).containsExactly(empty, torn, noText);
        assertThatThrownBy(() -> catalogue.remove("debian-12"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(empty.toString());
        for (Path note : List.of(empty, torn, noText)) {
            Files.delete(note);
        }
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
        assertThat(directory.resolve("images")).doesNotExist();
    }

    @Test
    void what_killed_changes_left_is_deleted_by_the_next() throws IOException {
        install("debian-12");
        Path images = directory.resolve("images");
        Path killed = Files.createDirectories(images.resolve(".import-1"));
        Files.createFile(images.resolve(".import-1.importing"));
        Path running = Files.createDirectories(images.resolve(".import-2"));
        Path killedEarly = Files.createDirectories(images.resolve(".import-3"));
        Path removed = Files.createDirectories(images.resolve(".removed-4/references"));
        Path link = Files.createSymbolicLink(images.resolve(".name-5"), Path.of("debian-12"));
        try (ImageLock owned =
                ImageLock.exclusive(images.resolve(".import-2.importing")).orElseThrow()) {
            catalogue.prune();
            assertThat(owned).isNotNull();
            assertThat(running).exists();
        }
        assertThat(killed).doesNotExist();
        assertThat(killedEarly).doesNotExist();
        assertThat(removed).doesNotExist();
        assertThat(link).doesNotExist();
        assertThat(entries()).containsExactlyInAnyOrder("debian-12", ".lock", ".import-2", ".import-2.importing");
    }

    @Test
    void a_change_that_a_killed_process_has_written_down_is_completed_by_whoever_comes_next() throws IOException {
        GoldenImage old = install("debian-12");
        install("staged");
        Path images = directory.resolve("images");
        Files.move(images.resolve("staged"), images.resolve(".import-1"));
        String journal = """
                [{"from": "debian-12", "to": ".removed-1"}, {"from": ".import-1", "to": "debian-12"}]""";
        for (int done = 0; done <= 2; done++) {
            if (done == 1) {
                Files.move(images.resolve("debian-12"), images.resolve(".removed-1"));
            } else if (done == 2) {
                Files.move(images.resolve(".import-1"), images.resolve("debian-12"));
            }
            Path copy = directory.resolve("copy" + done);
            copy(images, copy.resolve("images"));
            Files.writeString(copy.resolve("images/.journal"), journal);

            ImageCatalogue left = new ImageCatalogue(copy);
            assertThat(left.names()).as("%d steps done", done).containsExactly("debian-12");
            assertThat(left.find("debian-12").disk()).hasFileName("base.raw");
            assertThat(copy.resolve("images/debian-12/image.json")).content().contains("\"staged\"");
            assertThat(copy.resolve("images/.journal")).doesNotExist();
        }
        assertThat(old.name()).isEqualTo("debian-12");
    }

    @Test
    void an_image_gets_another_name_with_all_that_belongs_to_it() throws IOException {
        GoldenImage old = install("candidate");

        GoldenImage renamed = catalogue.rename("candidate", "proven");

        assertThat(renamed.name()).isEqualTo("proven");
        assertThat(renamed.sha256()).isEqualTo(old.sha256());
        assertThat(renamed.credentials()).isEqualTo(ROOT);
        assertThat(renamed.disk()).isRegularFile();
        assertThat(catalogue.names()).containsExactly("proven");
        catalogue.verify("proven", Progress.NONE);
        assertThat(entries()).containsExactlyInAnyOrder(".lock", "proven");
    }

    @Test
    void nothing_is_renamed_that_is_in_use_or_stood_on_or_to_what_is_there() throws IOException {
        install("candidate");
        install("other");

        assertThatThrownBy(() -> catalogue.rename("candidate", "other"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("There is an image \"other\" already");
        try (ImageHold hold = catalogue.use("candidate")) {
            assertThatThrownBy(() -> catalogue.rename("candidate", "proven"))
                    .hasMessageContaining("Image candidate cannot be renamed: a clone of it is in use");
            hold.retain(Files.createFile(directory.resolve("kept.qcow2")));
        }
        assertThatThrownBy(() -> catalogue.rename("candidate", "proven"))
                .hasMessageContaining("Image candidate cannot be renamed: preserved disks stand on it");
        assertThatThrownBy(() -> catalogue.rename("unknown", "proven")).isInstanceOf(ConfigurationException.class);
        assertThat(catalogue.names()).containsExactly("candidate", "other");
    }

    @Test
    void whenever_the_one_who_renames_is_killed_the_image_has_one_of_its_names() throws IOException {
        GoldenImage old = install("candidate");
        Path images = directory.resolve("images");
        Path staged = Files.createDirectories(images.resolve(".import-1"));
        Files.writeString(
                staged.resolve("image.json"),
                Files.readString(images.resolve("candidate/image.json")).replace("candidate", "proven"));
        String journal = """
                [{"from": ".import-1/image.json", "to": "candidate/image.json"}, {"from": "candidate", "to": "proven"}]""";
        for (int done = 0; done <= 2; done++) {
            if (done == 1) {
                Files.move(
                        staged.resolve("image.json"),
                        images.resolve("candidate/image.json"),
                        StandardCopyOption.REPLACE_EXISTING);
            } else if (done == 2) {
                Files.move(images.resolve("candidate"), images.resolve("proven"));
            }
            Path copy = directory.resolve("renamed" + done);
            copy(images, copy.resolve("images"));
            Files.writeString(copy.resolve("images/.journal"), journal);

            ImageCatalogue left = new ImageCatalogue(copy);
            assertThat(left.names()).as("%d steps done", done).containsExactly("proven");
            assertThat(left.find("proven"))
                    .returns("proven", GoldenImage::name)
                    .returns(old.sha256(), GoldenImage::sha256);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path copied = to.resolve(from.relativize(each).toString());
                Files.createDirectories(copied.getParent());
                Files.copy(each, copied);
            }
        }
    }

    @Test
    void a_lock_is_one_whatever_path_leads_to_it_and_is_let_go_when_the_file_is_gone() throws IOException {
        Path real = Files.createDirectory(directory.resolve("real"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        ImageLock first = ImageLock.exclusive(real.resolve("lock")).orElseThrow();
        assertThat(ImageLock.shared(link.resolve("lock"))).isEmpty();
        Files.delete(real.resolve("lock"));
        first.close();
        first.close();

        ImageLock second = ImageLock.exclusive(link.resolve("lock")).orElseThrow();
        assertThat(ImageLock.exclusive(real.resolve("lock"))).isEmpty();
        second.close();
        try (ImageLock shared = ImageLock.shared(link.resolve("lock")).orElseThrow();
                ImageLock other = ImageLock.shared(real.resolve("lock")).orElseThrow()) {
            assertThat(shared).isNotSameAs(other);
        }
        assertThat(openFiles()).noneMatch(file -> file.startsWith(directory.toString()));
    }

    private static List<String> openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(file -> {
                        try {
                            return Files.readSymbolicLink(file).toString();
                        } catch (IOException e) {
                            return "";
                        }
                    })
                    .toList();
        }
    }

    @Test
    void an_image_behind_a_linked_home_can_be_used_removed_and_made_again() throws IOException {
        install("debian-12");
        ImageCatalogue linked = new ImageCatalogue(
                Files.createSymbolicLink(directory.resolveSibling(directory.getFileName() + "-link"), directory));
        linked.use("debian-12").close();
        linked.remove("debian-12");
        install("debian-12");
        linked.use("debian-12").close();
        linked.remove("debian-12");
        assertThat(openFiles()).noneMatch(file -> file.startsWith(directory.toString()));
    }

    @Test
    void a_home_that_is_a_link_to_nothing_is_told() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("missing"));
        assertThat(new ImageCatalogue(link).list()).isEmpty();
        assertThatThrownBy(() -> new ImageCatalogue(link).remove("debian-12"))
                .isInstanceOf(InfrastructureException.class)
                .hasMessageContaining("its home " + link + " is a link to nothing");
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
