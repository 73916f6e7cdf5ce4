package org.sanboot.image;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import org.sanboot.ConfigurationException;
import org.sanboot.Home;
import org.sanboot.InfrastructureException;

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
 *
 * <p>Every change is one transaction: what is new is made in a hidden directory, checked under the catalogue's lock, and renamed to
 * its place. A process that ends meanwhile, whatever ends it, leaves the catalogue as it was or as it is to be. Thread-safe.
 */
public final class ImageCatalogue {

    private final CatalogueDirectory directory;
    private final Versions versions;
    private final Lookup lookup;
    private final Removal removal;
    private final ImageImporter importer;

    /**
     * Opens a catalogue, which may have no image yet.
     *
     * @param directory that the images lie below
     */
    public ImageCatalogue(Path directory) {
        this(directory, new QemuImg("qemu-img"));
    }

    ImageCatalogue(Path home, QemuImg qemuImg) {
        this.directory =
                new CatalogueDirectory(home.toAbsolutePath().normalize().resolve("images"));
        this.versions = new Versions(directory);
        this.lookup = new Lookup(directory, versions);
        this.removal = new Removal(directory, versions, lookup);
        this.importer = new ImageImporter(directory, versions, lookup, removal, qemuImg);
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
        return importer.addOrReplace(request, progress);
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
     * Gives an image another name, at once or not at all.
     *
     * @param from its name, which it must not have as a version of another name
     * @param to its name from then on
     * @return the image
     * @throws ConfigurationException when there is no such image, somebody uses it, something stands on it, or the new name
     *     is taken; nothing changes then
     */
    public GoldenImage rename(String from, String to) {
        return importer.rename(from, to);
    }

    /**
     * Checks whether versions may be made of a name.
     *
     * @param name that would mean the newest one
     * @throws ConfigurationException when it is that of an image without versions, or no name at all
     */
    public void checkVersionName(String name) {
        directory.read(() -> {
            versions.checkFree(name);
            return name;
        });
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
        checkVersionName(name);
        ImageHold hold = use(parent);
        Path file = versions.lock(name);
        ImageLock making = ImageLock.exclusive(file).orElseThrow(() -> {
            hold.close();
            return new ConfigurationException("A version of image %s is being made%s; wait for its end."
                    .formatted(name, Removal.by(ImageLock.holder(file))));
        });
        return new VersionInProgress(
                hold,
                (overlay, progress) -> {
                    Version version = directory.read(() -> versions.next(name, digest));
                    return importer.addVersion(hold.image(), version.image(), version, overlay, progress);
                },
                making);
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
        checkVersionName(name);
        Optional<GoldenImage> present =
                directory.read(() -> versions.find(name, digest).map(version -> lookup.find(version.image())));
        if (present.isPresent()
                && !directory
                        .read(() -> versions.resolve(name))
                        .equals(present.get().name())) {
            String image = present.get().name();
            directory.change(change -> {
                lookup.find(image);
                change.point(name, image);
                return image;
            });
        }
        return present;
    }

    /**
     * Returns the names that mean a version of an image.
     *
     * @return the version that each means now, by name
     */
    public Map<String, String> versionNames() {
        return directory.read(versions::names);
    }

    /**
     * Returns every name that {@link #find} knows.
     *
     * @return in alphabetical order
     */
    public SortedSet<String> names() {
        return directory.read(lookup::names);
    }

    /**
     * Returns all images, each version of a name by itself.
     *
     * @return by name, without those that are {@linkplain #damaged damaged}
     */
    public List<GoldenImage> list() {
        return directory.read(lookup::readable);
    }

    /**
     * Returns the images whose descriptor is damaged or missing: they cannot be used, and no other image is the worse for them.
     *
     * @return by name, for each a sentence that says what is wrong and what to do
     */
    public SortedMap<String, String> damaged() {
        return directory.read(lookup::damaged);
    }

    /**
     * Returns an image whose disk is there.
     *
     * @param name of the image, or one that means a version of an image
     * @return the image
     * @throws ConfigurationException when it is unknown, or its disk is missing or of another size
     */
    public GoldenImage find(String name) {
        return directory.read(() -> lookup.find(name));
    }

    /**
     * Computes the digest of an image, and of those that it is a version of, anew.
     *
     * @param name of the image
     * @param progress is told how far it is
     * @throws InfrastructureException when the disk is not what was imported
     */
    public void verify(String name, Progress progress) {
        try (ImageHold hold = use(name)) {
            GoldenImage image = hold.image();
            image.parent().filter(parent -> image.isCalledByDigest()).ifPresent(parent -> verify(parent, progress));
            String now = importer.digest(image, progress);
            if (!now.equals(image.sha256())) {
                throw new InfrastructureException(
                        "Image %s was changed: the digest of its disk %s is %s, not %s; remove it and import it again."
                                .formatted(image.name(), image.disk(), now, image.sha256()));
            }
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
        return directory.read(() -> {
            GoldenImage image = lookup.find(name);
            Path lock = directory.of(image.name()).resolve(ImageHold.LOCK);
            return ImageLock.shared(lock)
                    .map(held -> new ImageHold(image, held))
                    .orElseThrow(() -> new ConfigurationException("Image " + name + " is being removed or replaced."));
        });
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
     * Takes back that a disk stands on an image; does nothing when that was not noted.
     *
     * @param name of the image
     * @param preserved as it was noted
     * @throws InfrastructureException when the note cannot be removed; it counts for nothing when the disk is gone
     */
    public void release(String name, Path preserved) {
        References.of(directory.of(name)).remove(preserved);
    }

    /**
     * Returns what stands on an image.
     *
     * @param name of the image
     * @return the preserved disks that are still there
     */
    public List<Path> retained(String name) {
        return directory.read(
                () -> References.of(directory.of(versions.resolve(name))).existing());
    }

    /**
     * Returns the images that are versions of one.
     *
     * @param name of the image below
     * @return their names
     */
    public List<String> children(String name) {
        return directory.read(() -> lookup.children(versions.resolve(name)));
    }

    /**
     * Deletes an image that nothing stands on; with a name that means a version, all versions of that name.
     *
     * @param name of the image
     * @throws ConfigurationException when it is unknown, in use, below a version or a preserved disk, or what a name
     *     means; nothing is deleted then
     */
    public void remove(String name) {
        removal.remove(name);
    }

    /**
     * Deletes the versions that no name means any more and nothing stands on, and what killed processes have left.
     *
     * @return the names of what was deleted
     */
    public List<String> prune() {
        return removal.prune();
    }
}
