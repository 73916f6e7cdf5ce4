package org.sanboot.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.VirtualType;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.machine.qemu.QemuConfiguration;
import org.sanboot.process.Run;
import org.sanboot.windows.TargetMachine;

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
    public List<TargetMachine> machines(String imageOrFile) {
        Inventory inventory = Inventory.find(home);
        List<TargetMachine> machines = new ArrayList<>();
        if (Files.isRegularFile(Path.of(imageOrFile))) {
            machines.addAll(TargetMachine.qemu());
        } else {
            String card = catalogue.find(imageOrFile).nicModel();
            inventory.virtualTypes().forEach(type -> machines.add(virtual(type, card)));
        }
        inventory.types().forEach(type -> machines.add(TargetMachine.physical(type.name(), type.nicModel())));
        return machines;
    }

    private static TargetMachine virtual(VirtualType type, String card) {
        Integer slot = type.pinnedSlot();
        return TargetMachine.qemu(
                type.name(), type.networkCard().orElse(card), slot == null ? QemuConfiguration.BOOT_CARD_SLOT : slot);
    }

    @Override
    public NewVersion derive(String image) {
        if (Files.isRegularFile(Path.of(image))) {
            throw new ConfigurationException("""
                    %1$s is a file, and the changes go into a new version of an image; import it first:
                      sanboot image import %1$s --name NAME --family windows --firmware uefi --nic e1000 --user Administrator --identity KEY
                      sanboot windows prepare NAME""".formatted(image));
        }
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
    public void install(InstallRecipe recipe, String name, boolean keepRecords, Consumer<InstallProgress> progress) {
        Installer installer = Installer.in(home);
        (keepRecords ? installer.keepingRecords() : installer).install(recipe, name, progress);
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
