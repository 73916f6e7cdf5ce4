package org.sanboot.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.Home;
import org.sanboot.InfrastructureException;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Layer;

/**
 * The golden images of one directory, which any number of processes may use at once.
 *
 * <pre>
 * images/NAME/image.json    what is known of it
 *             base.raw      the disk, read-only
 *             lock          held by all who use it
 *             references/   the preserved disks that stand on it
 * </pre>
 */
public final class ImageCatalogue {

    static final String LOCK = "lock";
    private static final String REFERENCES = "references";
    private static final int HASH_BUFFER = 1 << 20;

    private final Path images;
    private final ImageImporter importer;

    /**
     * Opens a catalogue, which may have no image yet.
     *
     * @param directory that the images lie below
     */
    public ImageCatalogue(Path directory) {
        this(directory, new QemuImg("qemu-img"));
    }

    ImageCatalogue(Path directory, QemuImg qemuImg) {
        this.images = directory.toAbsolutePath().normalize().resolve("images");
        this.importer = new ImageImporter(images, qemuImg);
    }

    /**
     * Returns where a user's images, failures and runs lie: {@code $SANBOOT_HOME}, else {@code $XDG_DATA_HOME/sanboot},
     * else {@code ~/.local/share/sanboot}.
     *
     * @return the directory, which need not exist
     */
    public static Path homeOfUser() {
        return homeOfUser(System.getenv(), Path.of(System.getProperty("user.home")));
    }

    static Path homeOfUser(Map<String, String> environment, Path home) {
        String own = environment.getOrDefault("SANBOOT_HOME", "");
        return own.isEmpty() ? Home.usual(environment, home) : Path.of(own);
    }

    /**
     * Makes an image of a disk, by converting it to a raw file.
     *
     * @param request what to make of what
     * @param progress is told how far it is
     * @return the new image
     * @throws ConfigurationException when the name is taken, the disk cannot be read, or {@code qemu-img} is missing
     */
    public GoldenImage add(ImageImport request, Progress progress) {
        return importer.add(request, progress);
    }

    /**
     * Makes an image of a disk, in the place of the one that has its name now; when that is the same disk, only what is
     * said of it changes.
     *
     * @param request what to make of what
     * @param progress is told how far it is
     * @return the image of that name
     * @throws ConfigurationException as {@link #add} does, and when a clone or a preserved disk stands on the old one
     */
    public GoldenImage addOrReplace(ImageImport request, Progress progress) {
        if (names().contains(request.name())) {
            GoldenImage present = find(request.name());
            if (Files.isReadable(request.source())
                    && DiskFormat.detect(request.source()) == DiskFormat.RAW
                    && sha256(request.source(), progress).equals(present.sha256())) {
                return importer.describe(present, request);
            }
            remove(request.name());
        }
        return add(request, progress);
    }

    /**
     * Makes an image of what was written on top of another one, with which it shares all other blocks.
     *
     * @param parent the image below; it cannot be removed as long as the new one is there
     * @param name of the new image
     * @param sealed the overlay on the parent's disk, on the catalogue's file system; it is moved
     * @param progress is told how far it is
     * @return the new image
     * @throws ConfigurationException when the name is taken, or there is no such parent
     */
    public GoldenImage addVersion(String parent, String name, Path sealed, Progress progress) {
        try (ImageHold hold = use(parent)) {
            GoldenImage version = importer.addVersion(hold.image(), name, sealed, progress);
            retain(parent, version.disk());
            return version;
        }
    }

    /**
     * Returns all images.
     *
     * @return by name
     */
    public List<GoldenImage> list() {
        return names().stream()
                .map(name -> Descriptor.read(images.resolve(name)))
                .toList();
    }

    private List<String> names() {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(images)) {
            return entries.filter(entry -> Files.exists(entry.resolve(Descriptor.FILE)))
                    .map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ConfigurationException("Image catalogue " + images + " cannot be read: " + e + ".", e);
        }
    }

    /**
     * Returns an image whose disk is there.
     *
     * @param name of the image
     * @return the image
     * @throws ConfigurationException when it is unknown, or its disk is missing or of another size
     */
    public GoldenImage find(String name) {
        GoldenImage.checkName(name);
        Path directory = images.resolve(name);
        if (!Files.exists(directory.resolve(Descriptor.FILE))) {
            List<String> known = names();
            throw new ConfigurationException(
                    "There is no image \"%s\" in %s; %s. Import it: sanboot image import DISK --name %s"
                            .formatted(
                                    name,
                                    images,
                                    known.isEmpty() ? "it has none" : "known: " + String.join(", ", known),
                                    name));
        }
        GoldenImage image = Descriptor.read(directory);
        checkDisk(image);
        return image;
    }

    private static void checkDisk(GoldenImage image) {
        try {
            long size = Files.size(image.layers().get(0));
            if (size != image.size()) {
                throw new ConfigurationException(
                        "Image %s was changed: its disk %s has %d bytes, not %d; remove it and import it again."
                                .formatted(image.name(), image.layers().get(0), size, image.size()));
            }
        } catch (IOException e) {
            throw new ConfigurationException(
                    "Image %s has lost its disk %s; remove it and import it again."
                            .formatted(image.name(), image.layers().get(0)),
                    e);
        }
    }

    /**
     * Computes the SHA-256 of an image anew.
     *
     * @param name of the image
     * @param progress is told how far it is
     * @throws InfrastructureException when the disk is not what was imported
     */
    public void verify(String name, Progress progress) {
        try (ImageHold hold = use(name)) {
            String now = sha256(hold.image(), progress);
            if (!now.equals(hold.image().sha256())) {
                throw new InfrastructureException(
                        "Image %s was changed: the SHA-256 of its disk %s is %s, not %s; remove it and import it again."
                                .formatted(
                                        name,
                                        hold.image().disk(),
                                        now,
                                        hold.image().sha256()));
            }
        }
    }

    static String sha256(GoldenImage image, Progress progress) {
        try (Layer disk = image.open()) {
            return sha256(disk, progress);
        }
    }

    static String sha256(Path raw, Progress progress) {
        try (Layer disk = Layer.open(raw, DiskFormat.RAW)) {
            return sha256(disk, progress);
        }
    }

    private static String sha256(Layer disk, Progress progress) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            ByteBuffer buffer = ByteBuffer.allocateDirect(HASH_BUFFER);
            for (long offset = 0; offset < disk.size(); offset += buffer.limit()) {
                buffer.clear().limit((int) Math.min(HASH_BUFFER, disk.size() - offset));
                disk.read(offset, buffer);
                digest.update(buffer.flip());
                progress.at(Progress.Step.HASH, offset + buffer.limit(), disk.size());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    /**
     * Keeps an image from being removed, by this process or another.
     *
     * @param name of the image
     * @return what is to be closed when nothing stands on the image any more
     * @throws ConfigurationException as {@link #find} does
     */
    public ImageHold use(String name) {
        find(name);
        Path lock = images.resolve(name).resolve(LOCK);
        if (!ImageLock.acquireShared(lock)) {
            throw new ConfigurationException("Image " + name + " is being removed.");
        }
        try {
            return new ImageHold(find(name), () -> ImageLock.release(lock));
        } catch (RuntimeException e) {
            ImageLock.release(lock);
            throw e;
        }
    }

    /**
     * Notes that a preserved disk stands on an image, which cannot be removed as long as that disk is there.
     *
     * @param name of the image
     * @param preserved the qcow2 file
     */
    public void retain(String name, Path preserved) {
        try (ImageHold hold = use(name)) {
            Path references = Files.createDirectories(images.resolve(name).resolve(REFERENCES));
            Path reference = references.resolve(UUID.randomUUID().toString());
            Files.writeString(reference, preserved.toAbsolutePath().toString());
        } catch (IOException e) {
            throw new InfrastructureException(
                    "It cannot be noted that %s stands on image %s: %s.".formatted(preserved, name, e), e);
        }
    }

    /**
     * Returns what stands on an image.
     *
     * @param name of the image
     * @return the preserved disks that are still there
     */
    public List<Path> retained(String name) {
        Path references = images.resolve(name).resolve(REFERENCES);
        if (!Files.isDirectory(references)) {
            return List.of();
        }
        List<Path> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(references)) {
            for (Path reference : entries.toList()) {
                Path preserved = Path.of(Files.readString(reference));
                if (Files.exists(preserved)) {
                    found.add(preserved);
                } else {
                    Files.deleteIfExists(reference);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new InfrastructureException("What stands on image " + name + " cannot be read: " + e + ".", e);
        }
        return found.stream().sorted().toList();
    }

    /**
     * Deletes an image that nothing stands on.
     *
     * @param name of the image
     * @throws ConfigurationException when it is unknown, in use, or below a preserved disk
     */
    public void remove(String name) {
        GoldenImage.checkName(name);
        Path directory = images.resolve(name);
        if (!Files.isDirectory(directory)) {
            find(name);
        }
        Path lock = directory.resolve(LOCK);
        if (!ImageLock.acquireExclusive(lock)) {
            throw new ConfigurationException("Image %s cannot be removed: a clone of it is in use%s."
                    .formatted(name, by(ImageLock.holder(lock))));
        }
        try {
            List<Path> retained = retained(name);
            if (!retained.isEmpty()) {
                throw new ConfigurationException(
                        "Image %s cannot be removed: preserved disks stand on it; delete them first: %s."
                                .formatted(
                                        name,
                                        String.join(
                                                ", ",
                                                retained.stream()
                                                        .map(Path::toString)
                                                        .toList())));
            }
            importer.delete(directory);
        } finally {
            ImageLock.release(lock);
        }
    }

    private static String by(@Nullable String holder) {
        return holder == null ? "" : " by " + holder;
    }

    static ConfigurationException taken(String name) {
        return new ConfigurationException(
                "There is an image \"%s\" already; choose another name, or remove it: sanboot image remove %s"
                        .formatted(name, name));
    }
}
