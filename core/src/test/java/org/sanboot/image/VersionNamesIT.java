package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;

/** Names that mean one of several versions; the real qemu-img measures them. */
@Tag("boot")
class VersionNamesIT {

    @TempDir
    private Path home;

    private ImageCatalogue catalogue;

    @BeforeEach
    void importParent() throws Exception {
        Path disk = home.resolve("disk.raw");
        Files.write(disk, new byte[1 << 20]);
        catalogue = new ImageCatalogue(home);
        catalogue.add(
                new ImageImport(disk, "parent", GuestFamily.LINUX, EnumSet.of(Firmware.BIOS), "e1000", null),
                Progress.NONE);
    }

    @Test
    void a_name_means_the_newest_version_and_what_stands_on_an_older_one_stays() {
        GoldenImage first = make("app", "aa", 1);
        try (ImageHold clone = catalogue.use("app")) {
            GoldenImage second = make("app", "bb", 2);

            assertThat(clone.image()).isEqualTo(first);
            assertThat(first.name()).isEqualTo("app-1");
            assertThat(catalogue.find("app")).isEqualTo(second);
            assertThat(second.name()).isEqualTo("app-2");
            assertThat(second.disk()).isRegularFile().hasParent(home.resolve("images/app-2"));
        }
        assertThat(catalogue.names()).containsExactly("app", "app-1", "app-2", "parent");
        assertThat(catalogue.list()).extracting(GoldenImage::name).containsExactly("app-1", "app-2", "parent");
        assertThat(catalogue.versionNames()).isEqualTo(Map.of("app", "app-2"));
    }

    @Test
    void the_same_is_found_again_and_the_name_means_it_again() {
        GoldenImage first = make("app", "aa", 1);
        make("app", "bb", 2);

        assertThat(catalogue.useVersion("app", "cc")).isEmpty();
        assertThat(catalogue.find("app").name()).isEqualTo("app-2");
        assertThat(catalogue.useVersion("app", "aa")).contains(first);
        assertThat(catalogue.find("app")).isEqualTo(first);
    }

    @Test
    void two_do_not_make_versions_of_one_name_at_the_same_time_and_the_parent_stays() {
        try (VersionInProgress making = catalogue.beginVersion("parent", "app", "aa")) {
            assertThatThrownBy(() -> catalogue.beginVersion("parent", "app", "bb"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageStartingWith("A version of image app is being made by this process");
            assertThatThrownBy(() -> catalogue.remove("parent")).hasMessageContaining("in use");
            assertThat(making.parent().name()).isEqualTo("parent");
        }
        assertThat(catalogue.names()).containsExactly("parent");
        make("app", "bb", 2);
    }

    @Test
    void an_image_of_the_name_is_not_replaced() {
        assertThatThrownBy(() -> catalogue.beginVersion("parent", "parent", "aa"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("There is an image \"parent\" already");
        make("app", "aa", 1);
        assertThatThrownBy(() -> catalogue.add(
                        new ImageImport(
                                home.resolve("disk.raw"),
                                "app",
                                GuestFamily.LINUX,
                                EnumSet.of(Firmware.BIOS),
                                "e1000",
                                null),
                        Progress.NONE))
                .hasMessageContaining("There is an image \"app\" already");
    }

    @Test
    void a_version_that_was_made_but_not_yet_named_when_its_maker_died_gets_its_name_with_the_next_build()
            throws Exception {
        GoldenImage first = make("app", "aa", 1);
        make("app", "bb", 2);
        Files.delete(home.resolve("images/app"));
        Files.createSymbolicLink(home.resolve("images/app"), Path.of("app-1"));

        assertThat(catalogue.find("app")).isEqualTo(first);
        assertThat(catalogue.useVersion("app", "bb").orElseThrow().name()).isEqualTo("app-2");
        assertThat(catalogue.find("app").name()).isEqualTo("app-2");
    }

    @Test
    void removing_a_name_removes_its_versions_unless_something_stands_on_one() throws Exception {
        make("app", "aa", 1);
        make("app", "bb", 2);
        assertThatThrownBy(() -> catalogue.remove("app-2"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        "Image app-2 cannot be removed: it is what app means; remove that, with all its versions: sanboot image remove app");
        Path kept = Files.createFile(home.resolve("kept.qcow2"));
        catalogue.retain("app-1", kept);
        assertThatThrownBy(() -> catalogue.remove("app")).hasMessageContaining("kept.qcow2");
        assertThat(catalogue.find("app").name()).isEqualTo("app-2");
        assertThatThrownBy(() -> catalogue.remove("parent"))
                .hasMessage(
                        "Image parent cannot be removed: other images stand on it; remove them first: app-1, app-2 (with app).");

        Files.delete(kept);
        catalogue.remove("app");

        assertThat(catalogue.names()).containsExactly("parent");
        catalogue.remove("parent");
    }

    @Test
    void versions_that_stand_on_each_other_go_together_and_are_pruned_from_the_top() {
        make("parent", "app", "aa", 1);
        make("app", "app", "bb", 2);
        make("app", "app", "cc", 3);
        assertThatThrownBy(() -> catalogue.remove("app-1")).hasMessageContaining("remove them first: app-2");
        assertThatThrownBy(() -> catalogue.remove("app-3")).hasMessageContaining("sanboot image remove app");
        make("parent", "app", "dd", 4);
        assertThat(catalogue.prune()).containsExactly("app-1", "app-2", "app-3");
        make("app", "app", "ee", 5);

        catalogue.remove("app");

        assertThat(catalogue.names()).containsExactly("parent");
    }

    @Test
    void a_name_without_room_for_a_number_is_refused_before_the_work() {
        assertThatThrownBy(() -> catalogue.beginVersion("parent", "x".repeat(62), "aa"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("is too long for an image with versions")
                .hasMessageContaining("of 64 characters");
    }

    @Test
    void pruning_deletes_the_versions_that_no_name_means_and_nothing_stands_on() throws Exception {
        make("app", "aa", 1);
        make("app", "bb", 2);
        make("app", "cc", 3);
        catalogue.retain("app-2", Files.createFile(home.resolve("kept.qcow2")));

        assertThat(catalogue.prune()).containsExactly("app-1");
        assertThat(catalogue.names()).containsExactly("app", "app-2", "app-3", "parent");
        assertThat(make("app", "dd", 4).name()).isEqualTo("app-4");
    }

    private GoldenImage make(String name, String digest, int value) {
        return make("parent", name, digest, value);
    }

    private GoldenImage make(String below, String name, String digest, int value) {
        Path file = home.resolve("overlay.qcow2");
        try (VersionInProgress making = catalogue.beginVersion(below, name, digest)) {
            try (Layer parent = making.parent().open();
                    DiskClone clone = DiskClone.create(parent, file, Durability.HOST)) {
                byte[] block = new byte[512];
                java.util.Arrays.fill(block, (byte) value);
                clone.write(0, ByteBuffer.wrap(block));
            }
            return making.seal(file, Progress.NONE);
        }
    }
}
