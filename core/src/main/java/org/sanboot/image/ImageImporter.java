package org.sanboot.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.block.BackingName;
import org.sanboot.process.FileTrees;

/**
 * Makes images in a directory beside the others, which gets its name when all is done. What a killed import left is
 * known by its lock, which nobody holds, and deleted by the next.
 */
final class ImageImporter {

    private static final String UNFINISHED = ".import-";
    private static final String REMOVED = ".removed-";
    private static final String OWNED = "importing";
    /** How long an import without a lock may still be about to take one. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private final Path images;
    private final QemuImg qemuImg;

    ImageImporter(Path images, QemuImg qemuImg) {
        this.images = images;
        this.qemuImg = qemuImg;
    }

    GoldenImage add(ImageImport request, Progress progress) {
        if (!Files.isReadable(request.source()) || Files.isDirectory(request.source())) {
            throw new ConfigurationException("Disk " + request.source() + " does not exist or is not a readable file.");
        }
        Path target = images.resolve(request.name());
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw ImageCatalogue.taken(request.name());
        }
        try {
            Files.createDirectories(images);
            deleteLeftovers();
            Path staging = Files.createDirectory(images.resolve(UNFINISHED + UUID.randomUUID()));
            Path owned = staging.resolve(OWNED);
            ImageLock.acquireExclusive(owned);
            try {
                convert(request, staging, progress);
                publish(request.name(), staging, target);
                return Descriptor.read(target);
            } finally {
                FileTrees.delete(staging);
                ImageLock.release(owned);
                Files.deleteIfExists(target.resolve(OWNED));
            }
        } catch (IOException e) {
            throw new InfrastructureException(
                    "Image %s cannot be kept in %s: %s.".formatted(request.name(), images, e), e);
        }
    }

    GoldenImage addVersion(GoldenImage parent, String name, @Nullable Version version, Path sealed, Progress progress) {
        GoldenImage.checkName(name);
        Path target = images.resolve(name);
        if (Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw ImageCatalogue.taken(name);
        }
        try {
            deleteLeftovers();
            Path staging = Files.createDirectory(images.resolve(UNFINISHED + UUID.randomUUID()));
            Path owned = staging.resolve(OWNED);
            ImageLock.acquireExclusive(owned);
            try {
                Path overlay = Files.move(sealed, staging.resolve("overlay.qcow2"));
                if (version != null) {
                    Directories.force(Files.write(staging.resolve(Version.FILE), version.encode()));
                }
                describeVersion(parent, name, overlay, staging, progress);
                publish(name, staging, target);
                return Descriptor.read(target);
            } finally {
                FileTrees.delete(staging);
                ImageLock.release(owned);
                Files.deleteIfExists(target.resolve(OWNED));
            }
        } catch (IOException e) {
            throw new InfrastructureException("Image %s cannot be kept in %s: %s.".formatted(name, images, e), e);
        }
    }

    private void describeVersion(GoldenImage parent, String name, Path overlay, Path staging, Progress progress)
            throws IOException {
        Path below = Path.of("..")
                .resolve(images.relativize(parent.disk().getParent()))
                .resolve(parent.disk().getFileName());
        BackingName.set(overlay, below.toString());
        Files.setPosixFilePermissions(overlay, PosixFilePermissions.fromString("r--r--r--"));
        Directories.force(overlay);
        GoldenImage unhashed = parent.asVersion(name, "", qemuImg.allocated(overlay), layers(parent, overlay));
        String sha256 = ImageCatalogue.sha256(unhashed, progress);
        Path named = Files.move(overlay, staging.resolve(sha256 + ".qcow2"));
        GoldenImage image = parent.asVersion(name, sha256, unhashed.allocated(), layers(parent, named));
        Files.createFile(staging.resolve(ImageCatalogue.LOCK));
        Path descriptor = Files.write(
                staging.resolve(Descriptor.FILE), Descriptor.of(image).encode());
        Directories.force(descriptor);
        Directories.force(staging);
    }

    private static List<Path> layers(GoldenImage parent, Path overlay) {
        return Stream.concat(parent.layers().stream(), Stream.of(overlay)).toList();
    }

    private void convert(ImageImport request, Path staging, Progress progress) throws IOException {
        Path part = staging.resolve("base.raw.part");
        long estimate = Files.size(request.source());
        qemuImg.convertToRaw(
                request.source(),
                part,
                fraction -> progress.at(Progress.Step.CONVERT, (long) (fraction * estimate), estimate));
        Directories.force(part);
        String sha256 = ImageCatalogue.sha256(part, progress);
        Path base = Files.move(part, staging.resolve(sha256 + ".raw"));
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
        Files.createFile(staging.resolve(ImageCatalogue.LOCK));
        Path descriptor = Files.write(
                staging.resolve(Descriptor.FILE), Descriptor.of(image).encode());
        Directories.force(descriptor);
        Directories.force(staging);
    }

    /** Says of a disk that is here already what a new import of it says. */
    GoldenImage describe(GoldenImage present, ImageImport request) {
        GoldenImage described = new GoldenImage(
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
        Path directory = images.resolve(present.name());
        try {
            Path next = Files.write(
                    directory.resolve(Descriptor.FILE + ".next"),
                    Descriptor.of(described).encode());
            Directories.force(next);
            Files.move(next, directory.resolve(Descriptor.FILE), StandardCopyOption.ATOMIC_MOVE);
            return described;
        } catch (IOException e) {
            throw new InfrastructureException(
                    "What is known of image %s cannot be changed: %s.".formatted(present.name(), e), e);
        }
    }

    /** Renaming onto a directory that is not empty fails: of two imports under one name the first one stays. */
    private void publish(String name, Path staging, Path target) throws IOException {
        try {
            Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (Files.exists(target)) {
                throw ImageCatalogue.taken(name);
            }
            throw e;
        }
        Directories.force(images);
    }

    /** Deletes an image in a way that leaves none of it usable at any time. */
    void delete(Path image) {
        Path removed = images.resolve(REMOVED + UUID.randomUUID());
        try {
            Files.move(image, removed, StandardCopyOption.ATOMIC_MOVE);
            FileTrees.delete(removed);
        } catch (IOException e) {
            throw new InfrastructureException("Image " + image + " cannot be deleted: " + e + ".", e);
        }
    }

    private void deleteLeftovers() throws IOException {
        List<Path> entries;
        try (Stream<Path> listed = Files.list(images)) {
            entries = listed.toList();
        }
        for (Path entry : entries) {
            String name = entry.getFileName().toString();
            if (name.startsWith(REMOVED) || name.startsWith(Versions.UNFINISHED)) {
                FileTrees.delete(entry);
            } else if (name.startsWith(UNFINISHED)) {
                deleteIfAbandoned(entry);
            }
        }
    }

    private static void deleteIfAbandoned(Path staging) throws IOException {
        Path owned = staging.resolve(OWNED);
        if (!Files.exists(owned)) {
            if (Files.getLastModifiedTime(staging)
                    .toInstant()
                    .isBefore(Instant.now().minus(GRACE))) {
                FileTrees.delete(staging);
            }
        } else if (ImageLock.acquireExclusive(owned)) {
            try {
                FileTrees.delete(staging);
            } finally {
                ImageLock.release(owned);
            }
        }
    }
}
