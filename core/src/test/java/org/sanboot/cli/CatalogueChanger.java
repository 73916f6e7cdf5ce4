package org.sanboot.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.UUID;
import org.sanboot.SanbootException;
import org.sanboot.block.DiskClone;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.image.ImageImport;
import org.sanboot.image.Progress;
import org.sanboot.image.VersionInProgress;

/** Changes a catalogue by one operation over and over, until it is killed; says what it begins, and what is done. */
final class CatalogueChanger {

    /** What is done to which image. A build is what follows the boot: the machine's overlay becomes a version. */
    enum Operation {
        IMPORT("other", true, 40),
        BUILD("app", true, 30),
        PREPARE("w7-prepared", false, 4),
        PROMOTE("promoted", false, 4),
        REMOVE("gone", false, 12),
        PRUNE("pruned", true, 30);

        private final String image;
        private final boolean alwaysThere;
        private final int lines;

        Operation(String image, boolean alwaysThere, int lines) {
            this.image = image;
            this.alwaysThere = alwaysThere;
            this.lines = lines;
        }

        String image() {
            return image;
        }

        /** Whether one of its images follows the other, each with a number of its own. */
        boolean isAlwaysThere() {
            return alwaysThere;
        }

        /** Within how many lines of output it is killed, which a few of its rounds print. */
        int linesToKillIn() {
            return lines;
        }
    }

    private final Path home;
    private final ImageCatalogue catalogue;

    CatalogueChanger(Path home) {
        this.home = home;
        this.catalogue = new ImageCatalogue(home);
    }

    public static void main(String[] arguments) {
        Path home = Path.of(arguments[0]);
        Operation operation = Operation.valueOf(arguments[1]);
        CatalogueChanger changer = new CatalogueChanger(home);
        for (long number = Long.parseLong(arguments[2]); ; number++) {
            System.out.println("begin " + number);
            try {
                changer.change(operation, number);
                System.out.println("done " + number);
            } catch (SanbootException | IOException e) {
                System.out.println("refused " + String.valueOf(e.getMessage()).replace('\n', ' '));
            }
        }
    }

    static ImageImport request(Path disk, String name) {
        return new ImageImport(disk, name, GuestFamily.LINUX, EnumSet.of(Firmware.BIOS), "e1000", null);
    }

    /** A disk that begins with a number. */
    static Path disk(Path home, long number) throws IOException {
        byte[] content = new byte[1 << 20];
        new Random(number).nextBytes(content);
        ByteBuffer.wrap(content).putLong(0, number);
        return Files.write(home.resolve(number + ".raw"), content);
    }

    void change(Operation operation, long number) throws IOException {
        String image = operation.image();
        switch (operation) {
            case IMPORT -> replace(image, number);
            case BUILD -> build(image, number);
            case PREPARE -> prepare(image);
            case PROMOTE -> {
                free(image);
                HomeFailures failures = new HomeFailures(home);
                failures.promote(failures.store().find("f1"), image);
            }
            case REMOVE -> {
                if (!catalogue.names().contains(image)) {
                    catalogue.addVersion("gold", image, overlay("gold", number), CatalogueChanger::say);
                }
                catalogue.remove(image);
            }
            case PRUNE -> {
                build(image, number);
                catalogue.prune();
            }
        }
    }

    private void replace(String image, long number) throws IOException {
        Path disk = disk(home, number);
        try {
            catalogue.addOrReplace(request(disk, image), CatalogueChanger::say);
        } finally {
            Files.delete(disk);
        }
    }

    private void prepare(String image) throws IOException {
        free(image);
        CatalogueWindowsImagesIT.Result result = CatalogueWindowsImagesIT.run(home, "prepare", "w7");
        if (result.exit() != 0) {
            throw new IOException(result.output());
        }
    }

    private void free(String image) {
        if (catalogue.names().contains(image)) {
            catalogue.remove(image);
        }
    }

    private void build(String name, long number) throws IOException {
        try (VersionInProgress making = catalogue.beginVersion("gold", name, "digest" + number)) {
            Path overlay = overlay(making.parent().name(), number);
            try {
                making.seal(overlay, CatalogueChanger::say);
            } finally {
                Files.deleteIfExists(overlay);
            }
        }
    }

    private Path overlay(String parent, long number) throws IOException {
        Path overlay = home.resolve(UUID.randomUUID() + ".qcow2");
        try (Layer base = catalogue.find(parent).open();
                DiskClone clone = DiskClone.create(base, overlay, Durability.PROCESS)) {
            clone.write(0, ByteBuffer.allocate(512).putLong(0, number));
        } catch (SanbootException e) {
            Files.deleteIfExists(overlay);
            throw e;
        }
        return overlay;
    }

    private static void say(Progress.Step step, long done, long total) {
        System.out.println(step);
    }
}
