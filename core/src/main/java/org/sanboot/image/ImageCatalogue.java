package org.sanboot.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
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
 *             DIGEST.raw    the disk, read-only, or DIGEST.qcow2: what a version has beside its parent's
 *             lock          held by all who use it
 *             references/   the preserved disks that stand on it
 *             version.json  when it is a version of what another name means
 * images/NAME               or a link to the version that the name means
 * </pre>
 */
public final class ImageCatalogue {

    static final String LOCK = "lock";
    private static final int HASH_BUFFER = 1 << 20;

    private final Path images;
    private final ImageImporter importer;
    private final Versions versions;

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
        this.versions = new Versions(images);
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
        if (versions.isName(request.name())) {
            throw taken(request.name());
        }
        if (directories().contains(request.name())) {
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
            return importer.addVersion(hold.image(), name, null, sealed, progress);
        }
    }

    /**
     * Checks whether versions may be made of a name.
     *
     * @param name that would mean the newest one
     * @throws ConfigurationException when it is that of an image without versions, or no name at all
     */
    public void checkVersionName(String name) {
        versions.checkFree(name);
    }

    /**
     * Begins the next version of a name, which will be an image of its own called by the name and a number. What stands on
     * versions before stays as it is.
     *
     * @param parent the image below
     * @param name that means the new version as soon as it is there
     * @param digest of all that the version is made of, in hexadecimal digits
     * @return the version in the making, to be closed
     * @throws ConfigurationException when the name is that of an image without versions, a version of it is being made, or
     *     there is no such parent
     */
    public VersionInProgress beginVersion(String parent, String name, String digest) {
        versions.checkFree(name);
        ImageHold hold = use(parent);
        Path lock = versions.lock(name);
        if (!ImageLock.acquireExclusive(lock)) {
            hold.close();
            throw new ConfigurationException("A version of image %s is being made%s; wait for its end."
                    .formatted(name, by(ImageLock.holder(lock))));
        }
        return new VersionInProgress(
                hold,
                (overlay, progress) -> {
                    Version version = versions.next(name, digest);
                    GoldenImage made = importer.addVersion(hold.image(), version.image(), version, overlay, progress);
                    versions.point(name, made.name());
                    return made;
                },
                () -> ImageLock.release(lock));
    }

    /**
     * Finds the version of a name that was made of the same, and lets the name mean it again if it does not.
     *
     * @param name of all versions
     * @param digest of all that the version is made of, in hexadecimal digits
     * @return the version, or nothing when it has to be made
     * @throws ConfigurationException when the name is that of an image without versions
     */
    public Optional<GoldenImage> useVersion(String name, String digest) {
        versions.checkFree(name);
        Optional<GoldenImage> present = versions.find(name, digest).map(version -> find(version.image()));
        present.filter(image -> !versions.resolve(name).equals(image.name()))
                .ifPresent(image -> versions.point(name, image.name()));
        return present;
    }

    /**
     * Returns the names that mean a version of an image.
     *
     * @return the version that each means now, by name
     */
    public Map<String, String> versionNames() {
        return versions.names();
    }

    /**
     * Returns every name that {@link #find} knows.
     *
     * @return in alphabetical order
     */
    public SortedSet<String> names() {
        SortedSet<String> names = new TreeSet<>(directories());
        names.addAll(versions.names().keySet());
        return names;
    }

    /**
     * Returns all images, each version of a name by itself.
     *
     * @return by name
     */
    public List<GoldenImage> list() {
        return directories().stream()
                .map(name -> Descriptor.read(images.resolve(name)))
                .toList();
    }

    private List<String> directories() {
        if (!Files.isDirectory(images)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(images)) {
            return entries.filter(entry -> !Files.isSymbolicLink(entry))
                    .filter(entry -> Files.exists(entry.resolve(Descriptor.FILE)))
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
     * @param name of the image, or one that means a version of an image
     * @return the image
     * @throws ConfigurationException when it is unknown, or its disk is missing or of another size
     */
    public GoldenImage find(String name) {
        GoldenImage.checkName(name);
        Path directory = images.resolve(versions.resolve(name));
        if (!Files.exists(directory.resolve(Descriptor.FILE))) {
            SortedSet<String> known = names();
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
        String found = find(name).name();
        Path lock = images.resolve(found).resolve(LOCK);
        if (!ImageLock.acquireShared(lock)) {
            throw new ConfigurationException("Image " + name + " is being removed.");
        }
        try {
            return new ImageHold(find(found), () -> ImageLock.release(lock));
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
            hold.retain(preserved);
        }
    }

    /**
     * Returns what stands on an image.
     *
     * @param name of the image
     * @return the preserved disks that are still there
     */
    public List<Path> retained(String name) {
        return References.of(images.resolve(versions.resolve(name))).existing();
    }

    /**
     * Returns the images that are versions of one.
     *
     * @param name of the image below
     * @return their names
     */
    public List<String> children(String name) {
        String parent = versions.resolve(name);
        return directories().stream()
                .filter(image -> parent(image).filter(parent::equals).isPresent())
                .toList();
    }

    /** An image whose descriptor is damaged cannot be used, and so stands on nothing. */
    private Optional<String> parent(String image) {
        try {
            return Descriptor.read(images.resolve(image)).parent();
        } catch (ConfigurationException e) {
            return Optional.empty();
        }
    }

    /**
     * Deletes an image that nothing stands on; with a name that means a version, all versions of that name.
     *
     * @param name of the image
     * @throws ConfigurationException when it is unknown, in use, below a version or a preserved disk, or what a name
     *     means; nothing is deleted then
     */
    public void remove(String name) {
        GoldenImage.checkName(name);
        if (versions.isName(name)) {
            removeVersions(name);
            return;
        }
        Path directory = images.resolve(name);
        if (!Files.isDirectory(directory)) {
            find(name);
        }
        versions.names().forEach((alias, version) -> {
            if (version.equals(name)) {
                throw new ConfigurationException(
                        "Image %s cannot be removed: it is what %s means; remove that, with all its versions."
                                .formatted(name, alias));
            }
        });
        locked(name, () -> {
            checkRemovable(name);
            importer.delete(directory);
        });
    }

    private void removeVersions(String name) {
        List<String> images = versions.of(name).stream().map(Version::image).toList();
        images.forEach(image -> locked(image, () -> checkRemovable(image)));
        versions.delete(name);
        images.forEach(this::remove);
    }

    /**
     * Deletes the versions that no name means any more and nothing stands on.
     *
     * @return the names of what was deleted
     */
    public List<String> prune() {
        Map<String, String> names = versions.names();
        List<String> pruned = new ArrayList<>();
        versions.all()
                .map(Version::image)
                .filter(image -> !names.containsValue(image))
                .sorted()
                .forEach(image -> {
                    try {
                        remove(image);
                        pruned.add(image);
                    } catch (ConfigurationException e) {
                        // Something stands on it or uses it: it stays.
                    }
                });
        return pruned;
    }

    private void locked(String name, Runnable work) {
        Path lock = images.resolve(name).resolve(LOCK);
        if (!ImageLock.acquireExclusive(lock)) {
            throw new ConfigurationException("Image %s cannot be removed: a clone of it is in use%s."
                    .formatted(name, by(ImageLock.holder(lock))));
        }
        try {
            work.run();
        } finally {
            ImageLock.release(lock);
        }
    }

    private void checkRemovable(String name) {
        List<String> children = children(name);
        if (!children.isEmpty()) {
            throw new ConfigurationException(
                    "Image %s cannot be removed: other images stand on it; remove them first: %s."
                            .formatted(name, String.join(", ", children)));
        }
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
