package org.sanboot.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.DiskClone;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.cli.windows.WindowsImages;
import org.sanboot.cli.windows.WindowsInstaller;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;
import org.sanboot.image.Progress;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallRecipe;
import org.sanboot.install.Installer;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.process.Run;

/** Windows images in the user's catalogue; a prepared one is a version that shares its parent's blocks. */
final class CatalogueWindowsImages implements WindowsImages, WindowsInstaller {

    private final Path home = LabConfiguration.defaults().home();
    private final ImageCatalogue catalogue = new ImageCatalogue(home);

    @Override
    public BlockDevice open(String imageOrFile) {
        Path file = Path.of(imageOrFile);
        return Files.isRegularFile(file)
                ? Layer.open(file, DiskFormat.detect(file))
                : catalogue.find(imageOrFile).open();
    }

    @Override
    public NewVersion derive(String image) {
        ImageHold hold = catalogue.use(image);
        Run run = Run.open(home.resolve("runs"));
        Layer parent = hold.image().open();
        DiskClone clone = DiskClone.create(parent, run.directory().resolve("version.qcow2"), Durability.HOST);
        return new Version(hold, run, parent, clone);
    }

    @Override
    public Path home() {
        return home;
    }

    @Override
    public void requireFree(String name) {
        if (catalogue.list().stream().anyMatch(image -> image.name().equals(name))) {
            throw new ConfigurationException(
                    "There is an image %s already; choose another --image, or remove it: sanboot image remove %s"
                            .formatted(name, name));
        }
    }

    @Override
    public void install(InstallRecipe recipe, String name, Consumer<InstallProgress> progress) {
        Installer.in(home).install(recipe, name, progress);
    }

    private final class Version implements NewVersion {

        private final ImageHold hold;
        private final Run run;
        private final Layer parent;
        private final DiskClone clone;

        Version(ImageHold hold, Run run, Layer parent, DiskClone clone) {
            this.hold = hold;
            this.run = run;
            this.parent = parent;
            this.clone = clone;
        }

        @Override
        public BlockDevice device() {
            return clone;
        }

        @Override
        public String seal() {
            String name = freeName(hold.image().name());
            seal(name);
            return name;
        }

        @Override
        public void seal(String name) {
            clone.close();
            catalogue.addVersion(hold.image().name(), name, clone.path(), Progress.NONE);
        }

        private String freeName(String parentName) {
            String wanted = parentName + "-prepared";
            var taken = catalogue.list().stream().map(GoldenImage::name).toList();
            int number = 2;
            String name = wanted;
            while (taken.contains(name)) {
                name = wanted + "-" + number++;
            }
            return name;
        }

        @Override
        public void close() {
            clone.close();
            parent.close();
            hold.close();
            run.close();
        }
    }
}
