package org.sanboot.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;

/** Versions of an image, made by the real qemu-img where it is used. */
@Tag("boot")
class ImageVersionIT {

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
    void a_version_has_its_parents_blocks_and_its_own_and_holds_its_parent() {
        GoldenImage version = catalogue.addVersion("parent", "child", sealedWith((byte) 7), Progress.NONE);

        assertThat(new ImageCatalogue(home).find("child")).isEqualTo(version);
        assertThat(version.layers()).hasSize(2);
        try (Layer disk = version.open()) {
            ByteBuffer block = ByteBuffer.allocate(1024);
            disk.read(0, block);
            assertThat(block.get(511)).isEqualTo((byte) 7);
            assertThat(block.get(512)).isZero();
        }
        catalogue.verify("child", Progress.NONE);
        assertThatThrownBy(() -> catalogue.remove("parent"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("child");

        catalogue.remove("child");
        catalogue.remove("parent");
        assertThat(catalogue.list()).isEmpty();
    }

    @Test
    void a_catalogue_is_read_where_it_was_moved_to_also_by_qemu() throws Exception {
        GoldenImage version = catalogue.addVersion("parent", "child", sealedWith((byte) 7), Progress.NONE);
        Path moved = home.resolveSibling(home.getFileName() + "-moved");
        Files.move(home, moved);
        try {
            ImageCatalogue there = new ImageCatalogue(moved);
            there.verify("child", Progress.NONE);
            Path disk = there.find("child").disk();
            assertThat(disk.getFileName()).hasToString(version.sha256() + ".qcow2");
            Process info = new ProcessBuilder("qemu-img", "info", "-f", "qcow2", "--backing-chain", disk.toString())
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(info.getInputStream().readAllBytes()))
                    .contains("backing file: ../parent/" + there.find("parent").sha256() + ".raw")
                    .contains(moved.toString());
            assertThat(info.waitFor()).isZero();
        } finally {
            Files.move(moved, home);
        }
    }

    @Test
    void a_name_that_is_taken_leaves_the_overlay_where_it_was() {
        Path sealed = sealedWith((byte) 1);

        assertThatThrownBy(() -> catalogue.addVersion("parent", "parent", sealed, Progress.NONE))
                .isInstanceOf(ConfigurationException.class);
        assertThat(sealed).exists();
    }

    private Path sealedWith(byte value) {
        Path file = home.resolve("overlay.qcow2");
        try (Layer parent = catalogue.find("parent").open();
                DiskClone clone = DiskClone.create(parent, file, Durability.HOST)) {
            byte[] block = new byte[512];
            java.util.Arrays.fill(block, value);
            clone.write(0, ByteBuffer.wrap(block));
        }
        return file;
    }
}
