package org.sanboot.install;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Consumer;
import org.sanboot.ConfigurationException;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.machine.qemu.QemuMachine;
import org.sanboot.process.Run;

/**
 * Installs operating systems onto blank iSCSI disks, in QEMU machines of this host, and makes golden images of them.
 *
 * <p>The machine's firmware is iPXE: it attaches the disk as the first one, describes it in the iBFT, and goes on to the
 * installer. From the restart on that follows the first write, it boots from the disk. When the end is recognised, the disk
 * is sealed as an image.
 *
 * <pre>{@code
 * GoldenImage image = Installer.in(ImageCatalogue.homeOfUser()).install(recipe, "debian-13", System.err::println);
 * }</pre>
 *
 * <p>Immutable and thread-safe; an installation runs on the caller's thread.
 */
public final class Installer {

    private final Path home;
    private final boolean keepingRecords;

    private Installer(Path home, boolean keepingRecords) {
        this.home = home;
        this.keepingRecords = keepingRecords;
    }

    /**
     * Returns an installer for the catalogue in a directory.
     *
     * @param home the directory with images and runs, {@link ImageCatalogue#homeOfUser()} for the user's own
     * @return the installer
     */
    public static Installer in(Path home) {
        return new Installer(Objects.requireNonNull(home, "home").toAbsolutePath(), false);
    }

    /**
     * Keeps the console's log and the pictures of the screen of installations that succeed, too.
     *
     * @return another installer
     */
    public Installer keepingRecords() {
        return new Installer(home, true);
    }

    /**
     * Installs an operating system and waits until its disk is in the catalogue.
     *
     * @param recipe what to install, and how
     * @param name of the new image
     * @param progress is told of each stage, and once a minute in between, on threads of the installation's; the first one's
     *     detail is the directory with console log and pictures while it runs
     * @return the image
     * @throws ConfigurationException before anything is started, when the name is taken or a program is missing
     * @throws InstallFailedException when it is stuck, takes too long, or fails; disk, console and pictures are kept
     */
    public GoldenImage install(InstallRecipe recipe, String name, Consumer<InstallProgress> progress) {
        ImageCatalogue catalogue = new ImageCatalogue(home);
        GoldenImage.checkName(name);
        if (catalogue.names().contains(name)) {
            throw new ConfigurationException(
                    "There is an image \"%s\" already; choose another name, or remove it: sanboot image remove %s"
                            .formatted(name, name));
        }
        QemuMachine.requireInstalled(recipe.firmware());
        AnswerMedium.requirePrograms(recipe);
        try (Run run = Run.open(home.resolve("runs"));
                IscsiServer target = IscsiServer.start(IscsiServerConfiguration.loopback());
                Installation installation = new Installation(home, run, target, recipe, name, progress)) {
            return installation.run(catalogue, keepingRecords);
        }
    }
}
