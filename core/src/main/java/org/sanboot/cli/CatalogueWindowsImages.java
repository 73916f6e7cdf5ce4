package org.sanboot.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.Layer;
import org.sanboot.block.SourceDisk;
import org.sanboot.cli.windows.WindowsImages;
import org.sanboot.cli.windows.WindowsInstaller;
import org.sanboot.cli.windows.WindowsProver;
import org.sanboot.evidence.Retention;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageHold;
import org.sanboot.image.Progress;
import org.sanboot.install.InstallProgress;
import org.sanboot.install.InstallRecipe;
import org.sanboot.install.Installer;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.VirtualType;
import org.sanboot.lab.HostRequest;
import org.sanboot.lab.LabConfiguration;
import org.sanboot.machine.qemu.QemuConfiguration;
import org.sanboot.process.Run;
import org.sanboot.proof.Examination;
import org.sanboot.proof.ImageProof;
import org.sanboot.windows.TargetMachine;

/** Windows images in the user's catalogue; a prepared one is a version that shares its parent's blocks. */
final class CatalogueWindowsImages implements WindowsImages, WindowsInstaller, WindowsProver {

    private static final String PREPARED = "-prepared";

    private final LabConfiguration lab;
    private final Path home;
    private final ImageCatalogue catalogue;

    CatalogueWindowsImages() {
        this(LabConfiguration.defaults());
    }

    CatalogueWindowsImages(LabConfiguration lab) {
        this.lab = lab;
        this.home = lab.home();
        this.catalogue = new ImageCatalogue(home);
    }

    @Override
    public BlockDevice open(String imageOrFile) {
        if (!isFile(imageOrFile)) {
            return catalogue.find(imageOrFile).open();
        }
        return SourceDisk.examineReadable(Path.of(imageOrFile), null, FurtherFiles.ofHome(home))
                .open();
    }

    /** A file that happens to lie in the working directory does not hide an image; with "./" it is meant. */
    private boolean isFile(String imageOrFile) {
        return !catalogue.names().contains(imageOrFile)
                && Files.exists(Path.of(imageOrFile))
                && !Files.isDirectory(Path.of(imageOrFile));
    }

    @Override
    public List<TargetMachine> machines(String imageOrFile) {
        Inventory inventory = Inventory.find(home);
        List<TargetMachine> machines = new ArrayList<>();
        if (isFile(imageOrFile)) {
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
    public List<String> prepared(String image) {
        if (isFile(image)) {
            return List.of();
        }
        String parent = catalogue.find(image).name();
        return catalogue.children(parent).stream()
                .filter(child -> child.matches(Pattern.quote(parent + PREPARED) + "(-\\d+)?"))
                .toList();
    }

    @Override
    public NewVersion derive(String image) {
        if (isFile(image)) {
            throw new ConfigurationException("""
                    %1$s is a file, and the changes go into a new version of an image; import it first:
                      sanboot image import %1$s --name NAME --family windows --firmware uefi --nic e1000 --user Administrator --identity KEY
                      sanboot windows prepare NAME""".formatted(image));
        }
        ImageHold hold = catalogue.use(image);
        String name = freeName(hold.image().name());
        try {
            GoldenImage.checkName(name);
        } catch (ConfigurationException e) {
            hold.close();
            throw e;
        }
        Run run = Run.open(home.resolve("runs"));
        Layer parent = hold.image().open();
        DiskClone clone = DiskClone.create(parent, run.directory().resolve("version.qcow2"), Durability.HOST);
        return new Version(hold, run, parent, clone, name);
    }

    private String freeName(String parentName) {
        String wanted = parentName + PREPARED;
        Set<String> taken = catalogue.names();
        int number = 2;
        String name = wanted;
        while (taken.contains(name)) {
            name = wanted + "-" + number++;
        }
        return name;
    }

    @Override
    public Path home() {
        return home;
    }

    @Override
    public void requireFree(String name) {
        GoldenImage.checkName(name);
        if (catalogue.names().contains(name)) {
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

    @Override
    public void prove(String name, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell) {
        proof(tell)
                .prove(
                        name,
                        machine.apply(HostRequest.of(ImageProof.candidate(name))),
                        Examination.of(GuestFamily.WINDOWS));
    }

    @Override
    public void examine(String image, UnaryOperator<HostRequest.Builder> machine, Consumer<String> tell) {
        proof(tell).examine(image, machine.apply(HostRequest.of(image)), Examination.of(GuestFamily.WINDOWS));
    }

    /** Nothing that is kept of others goes when one more is kept. */
    private ImageProof proof(Consumer<String> tell) {
        return new ImageProof(lab.withRetention(Retention.unlimited()), tell);
    }

    private final class Version implements NewVersion {

        private final ImageHold hold;
        private final Run run;
        private final Layer parent;
        private final DiskClone clone;
        /** Free when the version was begun: who takes it meanwhile may have made the same. */
        private final String name;

        Version(ImageHold hold, Run run, Layer parent, DiskClone clone, String name) {
            this.hold = hold;
            this.run = run;
            this.parent = parent;
            this.clone = clone;
            this.name = name;
        }

        @Override
        public BlockDevice device() {
            return clone;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Optional<String> seal() {
            try {
                seal(name);
                return Optional.of(name);
            } catch (ConfigurationException e) {
                if (catalogue.names().contains(name)) {
                    return Optional.empty();
                }
                throw e;
            }
        }

        @Override
        public void seal(String name) {
            clone.close();
            catalogue.addVersion(hold.image().name(), name, clone.path(), Progress.NONE);
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
