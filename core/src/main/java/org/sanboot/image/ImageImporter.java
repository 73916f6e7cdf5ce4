package org.sanboot.image;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BackingName;
import org.sanboot.block.Layer;
import org.sanboot.block.Qcow2Disk;
import org.sanboot.block.SourceDisk;
import org.sanboot.block.SourceFormat;
import org.sanboot.process.Run;

/**
 * Makes images in a staged directory, which becomes part of the catalogue when all is done. A disk is copied within a run, so
 * that neither the copying program nor the unfinished copy outlives this process.
 */
final class ImageImporter {

    private final CatalogueDirectory directory;
    private final Versions versions;
    private final Lookup lookup;
    private final Removal removal;
    private final QemuImg qemuImg;

    ImageImporter(CatalogueDirectory directory, Versions versions, Lookup lookup, Removal removal, QemuImg qemuImg) {
        this.directory = directory;
        this.versions = versions;
        this.lookup = lookup;
        this.removal = removal;
        this.qemuImg = qemuImg;
    }

    GoldenImage add(ImageImport request, Progress progress) {
        checkFree(request.name());
        SourceDisk source = SourceDisk.examine(request.source(), request.format(), request.furtherFiles());
        return stage(request, source, progress, (staging, image) -> {
            directory.change(change -> {
                checkFree(request.name());
                change.publish(staging, request.name());
                return request;
            });
            return image.sha256();
        });
    }

    GoldenImage addOrReplace(ImageImport request, Progress progress) {
        checkReplaceable(request.name());
        SourceDisk source = SourceDisk.examine(request.source(), request.format(), request.furtherFiles());
        if (directory.has(request.name()) && source.format() == SourceFormat.RAW) {
            GoldenImage present = directory.read(() -> lookup.find(request.name()));
            if (digest(source.path(), present, progress).equals(present.sha256())) {
                return describe(present, request);
            }
            directory.read(() -> {
                removal.checkFree(request.name(), List.of(), "replaced");
                return present;
            });
        }
        return stage(request, source, progress, (staging, image) -> replace(request, staging, image));
    }

    private void checkReplaceable(String name) {
        directory.read(() -> {
            if (versions.isName(name) || Version.isIn(directory.of(name))) {
                throw new ConfigurationException(
                        "The name %s is that of versions that a recipe builds, which an import does not replace; choose another name."
                                .formatted(name));
            }
            return name;
        });
    }

    /** What the old image's disk was is compared with the same kind of digest. */
    private String digest(Path raw, GoldenImage like, Progress progress) {
        if (like.isCalledByDigest()) {
            return DiskDigest.ofRaw(raw, qemuImg.stored(raw), progress);
        }
        try (Layer disk = Layer.open(List.of(raw))) {
            return DiskDigest.ofAllBytes(disk, progress);
        }
    }

    private String replace(ImageImport request, Path staging, GoldenImage image) {
        directory.change(change -> {
            checkReplaceable(request.name());
            if (directory.has(request.name())) {
                GoldenImage present = presentOrNull(request.name());
                if (present != null && present.sha256().equals(image.sha256())) {
                    Path described = staging.resolve(Descriptor.FILE + ".next");
                    write(described, described(present, request));
                    change.replace(described, directory.of(request.name()).resolve(Descriptor.FILE));
                    return request;
                }
                removal.take(change, request.name(), List.of(), "replaced");
                change.remove(request.name());
            }
            change.publish(staging, request.name());
            return request;
        });
        return image.sha256();
    }

    /** An image that cannot be used any more can still be replaced. */
    private @Nullable GoldenImage presentOrNull(String name) {
        try {
            return lookup.find(name);
        } catch (ConfigurationException e) {
            return null;
        }
    }

    @FunctionalInterface
    private interface Publication {
        String publish(Path staging, GoldenImage image);
    }

    private GoldenImage stage(ImageImport request, SourceDisk source, Progress progress, Publication publication) {
        qemuImg.require();
        Path home = Objects.requireNonNull(directory.images().getParent());
        try (CatalogueDirectory.Staging staging = directory.stage();
                Run run = Run.open(home.resolve("runs"))) {
            checkOneFileSystem(run.directory(), staging.directory());
            GoldenImage image = convert(request, source, run, staging.directory(), progress);
            publication.publish(staging.directory(), image);
            return directory.read(() -> lookup.find(request.name()));
        } catch (IOException e) {
            throw failed(request.name(), e);
        }
    }

    /** A rename between them is tried before gigabytes are copied: one file system can be mounted twice, or be two to a rename. */
    private void checkOneFileSystem(Path run, Path staging) throws IOException {
        Path tried = Files.createFile(run.resolve("rename"));
        try {
            Files.delete(Files.move(tried, staging.resolve("rename"), StandardCopyOption.ATOMIC_MOVE));
        } catch (AtomicMoveNotSupportedException e) {
            throw new ConfigurationException(
                    "Images in %s cannot be made, because %s is on another file system; put both on one, as in a home where neither is a link."
                            .formatted(directory.images(), run.getParent()),
                    e);
        }
    }

    private InfrastructureException failed(String name, IOException cause) {
        String why = cause instanceof AtomicMoveNotSupportedException
                ? "what it is made of is on another file system; the directories of a home must be on one"
                : String.valueOf(cause.getMessage()).contains("No space left")
                        ? "there is no space left on its file system"
                        : cause.toString();
        return new InfrastructureException(
                "Image %s cannot be kept in %s: %s.".formatted(name, directory.images(), why), cause);
    }

    private GoldenImage convert(ImageImport request, SourceDisk source, Run run, Path staging, Progress progress)
            throws IOException {
        Path part = run.directory().resolve("disk.raw");
        qemuImg.convertToRaw(
                run,
                source,
                part,
                fraction -> progress.at(Progress.Step.CONVERT, (long) (fraction * source.length()), source.length()));
        String sha256 = DiskDigest.ofRaw(part, qemuImg.stored(part), progress);
        Directories.force(part);
        Path base = Files.move(part, staging.resolve(sha256 + ".raw"), StandardCopyOption.ATOMIC_MOVE);
        Files.setPosixFilePermissions(base, PosixFilePermissions.fromString("r--r--r--"));
        GoldenImage image = new GoldenImage(
                request.name(),
                sha256,
                Files.size(base),
                qemuImg.allocated(base),
                request.family(),
                request.firmware(),
                request.nicModel(),
                request.credentials(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                List.of(base));
        complete(staging, image);
        return image;
    }

    private static void complete(Path staging, GoldenImage image) throws IOException {
        Files.createFile(staging.resolve(ImageHold.LOCK));
        write(staging.resolve(Descriptor.FILE), image);
        Directories.force(staging);
    }

    private static void write(Path file, GoldenImage image) throws IOException {
        Directories.force(Files.write(file, Descriptor.of(image).encode()));
    }

    /**
     * Adds a version.
     *
     * @param version what it is a version of, by a recipe: the name then means it
     * @param sealed the overlay, which stays where it is when the version cannot be added
     */
    GoldenImage addVersion(GoldenImage parent, String name, @Nullable Version version, Path sealed, Progress progress) {
        GoldenImage.checkName(name);
        checkFree(name);
        try (CatalogueDirectory.Staging staging = directory.stage()) {
            Path overlay =
                    Files.move(sealed, staging.directory().resolve("overlay.qcow2"), StandardCopyOption.ATOMIC_MOVE);
            Path last = overlay;
            try {
                if (version != null) {
                    Directories.force(Files.write(staging.directory().resolve(Version.FILE), version.encode()));
                }
                last = describeVersion(parent, name, overlay, staging.directory(), progress);
                directory.change(change -> {
                    checkFree(name);
                    change.publish(staging.directory(), name);
                    if (version != null) {
                        versions.checkFree(version.of());
                        change.point(version.of(), name);
                    }
                    return name;
                });
            } catch (RuntimeException | IOException e) {
                putBack(last, overlay, sealed, e);
                throw e;
            }
            return directory.read(() -> lookup.find(name));
        } catch (IOException e) {
            throw failed(name, e);
        }
    }

    /** The descriptor, which has the name, and the directory change together. */
    GoldenImage rename(String from, String to) {
        GoldenImage.checkName(to);
        try (CatalogueDirectory.Staging staging = directory.stage()) {
            Path next = staging.directory().resolve(Descriptor.FILE);
            directory.change(change -> {
                GoldenImage image = lookup.find(from);
                if (!image.name().equals(from)
                        || Files.exists(directory.of(from).resolve(Version.FILE))) {
                    throw new ConfigurationException(
                            "Image %s cannot be renamed: it is a version of a name.".formatted(from));
                }
                checkFree(to);
                removal.take(change, from, List.of(), "renamed");
                write(next, renamed(image, to));
                change.replace(next, directory.of(from).resolve(Descriptor.FILE));
                change.publish(directory.of(from), to);
                return to;
            });
        }
        return directory.read(() -> lookup.find(to));
    }

    private static GoldenImage renamed(GoldenImage image, String name) {
        return new GoldenImage(
                name,
                image.sha256(),
                image.size(),
                image.allocated(),
                image.family(),
                image.firmware(),
                image.nicModel(),
                image.credentials(),
                image.imported(),
                image.layers());
    }

    /** What was made in the guest took long: it is the caller's to keep. */
    private static void putBack(Path named, Path overlay, Path sealed, Exception failure) {
        try {
            Path now = Files.exists(named) ? named : overlay;
            if (Files.exists(now) && Files.notExists(sealed)) {
                Files.move(now, sealed, StandardCopyOption.ATOMIC_MOVE);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private Path describeVersion(GoldenImage parent, String name, Path overlay, Path staging, Progress progress)
            throws IOException {
        Path below = Path.of("..")
                .resolve(Objects.requireNonNull(parent.disk().getParent()).getFileName())
                .resolve(parent.disk().getFileName());
        BackingName.set(overlay, below.toString());
        Files.setPosixFilePermissions(overlay, PosixFilePermissions.fromString("r--r--r--"));
        Directories.force(overlay);
        String sha256;
        try (Layer disk = Layer.open(layers(parent, overlay))) {
            sha256 = DiskDigest.ofVersion((Qcow2Disk) disk, parent.sha256(), progress);
        }
        Path named = Files.move(overlay, staging.resolve(sha256 + ".qcow2"));
        complete(staging, parent.asVersion(name, sha256, qemuImg.allocated(named), layers(parent, named)));
        return named;
    }

    private static List<Path> layers(GoldenImage parent, Path overlay) {
        return Stream.concat(parent.layers().stream(), Stream.of(overlay)).toList();
    }

    /** Says of a disk that is here already what a new import of it says. */
    private GoldenImage describe(GoldenImage present, ImageImport request) {
        GoldenImage described = described(present, request);
        try (CatalogueDirectory.Staging staging = directory.stage()) {
            Path next = staging.directory().resolve(Descriptor.FILE);
            write(next, described);
            return directory.change(change -> {
                if (!lookup.find(present.name()).sha256().equals(present.sha256())) {
                    throw new ConfigurationException(
                            "Image %s was replaced by somebody else meanwhile; try again.".formatted(present.name()));
                }
                change.replace(next, directory.of(present.name()).resolve(Descriptor.FILE));
                return described;
            });
        } catch (IOException e) {
            throw failed(present.name(), e);
        }
    }

    private static GoldenImage described(GoldenImage present, ImageImport request) {
        return new GoldenImage(
                present.name(),
                present.sha256(),
                present.size(),
                present.allocated(),
                request.family(),
                request.firmware(),
                request.nicModel(),
                request.credentials(),
                present.imported(),
                present.layers());
    }

    /** Checks that the catalogue has nothing of a name. */
    private void checkFree(String name) {
        if (directory.has(name)) {
            throw taken(name);
        }
    }

    static ConfigurationException taken(String name) {
        return new ConfigurationException(
                "There is an image \"%s\" already; choose another name, or remove it: sanboot image remove %s"
                        .formatted(name, name));
    }

    /**
     * Computes an image's digest anew.
     *
     * @return what it is now
     */
    String digest(GoldenImage image, Progress progress) {
        try (Layer disk = image.open()) {
            if (!image.isCalledByDigest()) {
                return DiskDigest.ofAllBytes(disk, progress);
            }
            return disk instanceof Qcow2Disk overlay
                    ? DiskDigest.ofVersion(overlay, parent(image).sha256(), progress)
                    : DiskDigest.ofRaw(image.disk(), qemuImg.stored(image.disk()), progress);
        }
    }

    private GoldenImage parent(GoldenImage image) {
        return lookup.find(image.parent().orElseThrow());
    }
}
