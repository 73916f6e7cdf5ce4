package org.sanboot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.process.Programs;
import org.sanboot.testing.ChildJvm;
import org.sanboot.testing.TestHome;

/** A block device is a raw disk, whatever is on it. Loop devices are root's alone, so that others skip this, in CI too. */
@Tag("boot")
class BlockDeviceIT {

    @TempDir
    private Path directory;

    private Path content;
    private String device = "";

    @BeforeEach
    void make_a_device() throws Exception {
        TestHome.require(Programs.find("qemu-img").isPresent(), "qemu-img is missing: apt-get install qemu-utils");
        byte[] bytes = new byte[1 << 20];
        new Random(4).nextBytes(bytes);
        System.arraycopy(new byte[] {'Q', 'F', 'I', (byte) 0xfb, 0, 0, 0, 3}, 0, bytes, 0, 8);
        content = Files.write(directory.resolve("content"), bytes);
        Process losetup = new ProcessBuilder("losetup", "--find", "--show", "--read-only", content.toString()).start();
        device = new String(losetup.getInputStream().readAllBytes()).strip();
        assumeTrue(losetup.waitFor() == 0, "only root can have a loop device, and in some containers not even root");
    }

    @AfterEach
    void detach() throws Exception {
        if (!device.isEmpty()) {
            assertThat(new ProcessBuilder("losetup", "--detach", device).start().waitFor())
                    .isZero();
        }
    }

    @Test
    void it_is_imported_and_served_byte_for_byte() throws Exception {
        Path home = directory.resolve("home");
        try (ChildJvm importing = ChildJvm.start(home, Main.class, "image", "import", device, "--name", "guest")) {
            assertThat(importing.process().waitFor())
                    .as("%s", importing.output())
                    .isZero();
        }
        assertThat(new ImageCatalogue(home).find("guest").disk()).hasSameBinaryContentAs(content);
        try (ChildJvm serve = ChildJvm.start(home, Main.class, "serve", device)) {
            String url = serve.awaitLine(line -> line.startsWith("iscsi://"), 30);
            Path read = directory.resolve("read");
            Process convert =
                    new ProcessBuilder("qemu-img", "convert", "-f", "raw", "-O", "raw", url, read.toString()).start();
            assertThat(convert.waitFor()).isZero();
            assertThat(read).hasSameBinaryContentAs(content);
        }
    }
}
