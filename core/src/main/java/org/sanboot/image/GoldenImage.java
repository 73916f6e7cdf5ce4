package org.sanboot.image;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;

/**
 * A disk that machines are cloned from.
 *
 * @param name {@code [a-z0-9][a-z0-9._-]{0,62}}
 * @param sha256 what identifies the disk, in lower-case hexadecimal digits: the SHA-256 of its size and of what is stored of
 *     it. For images whose disk is not {@linkplain #isCalledByDigest called by it}, which an earlier Sanboot made, of all bytes
 * @param size of the disk in bytes
 * @param allocated bytes that the disk took on the host's disk after its import
 * @param family what kind of operating system it has
 * @param firmware what it can be booted by, at least one
 * @param nicModel QEMU's name of the network card that its boot depends on, such as {@code virtio-net-pci}
 * @param credentials how to log in, when that is known
 * @param imported when
 * @param layers absolute paths: the raw disk, then the sealed overlays on it; each is called by the digest of its image
 */
public record GoldenImage(
        String name,
        String sha256,
        long size,
        long allocated,
        GuestFamily family,
        Set<Firmware> firmware,
        String nicModel,
        @Nullable Credentials credentials,
        Instant imported,
        List<Path> layers) {

    /** How many characters a name may have. */
    public static final int LONGEST_NAME = 63;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,%d}".formatted(LONGEST_NAME - 1));
    private static final Pattern NIC_MODEL = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    /** Checks the parts. */
    public GoldenImage {
        checkName(name);
        checkNicModel(nicModel);
        firmware = checkFirmware(name, firmware);
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new ConfigurationException("Image " + name + " has no disk.");
        }
    }

    /** The same machine with another disk, imported now. */
    GoldenImage asVersion(String name, String sha256, long allocated, List<Path> layers) {
        return new GoldenImage(
                name,
                sha256,
                size,
                allocated,
                family,
                firmware,
                nicModel,
                credentials,
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                layers);
    }

    /**
     * Checks that an image can have a name.
     *
     * @param name to check
     * @throws ConfigurationException when it is no name for an image
     */
    public static void checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new ConfigurationException(
                    ("\"%s\" is no name for an image: it takes 1 to 63 lower-case letters, digits,"
                                    + " dots, underscores and hyphens, and starts with a letter or digit.")
                            .formatted(name));
        }
    }

    static Set<Firmware> checkFirmware(String name, Set<Firmware> firmware) {
        if (firmware.isEmpty()) {
            throw new ConfigurationException(
                    "Image " + name + " must be bootable by some firmware: BIOS, UEFI or both.");
        }
        return Set.copyOf(firmware);
    }

    static void checkNicModel(String nicModel) {
        if (!NIC_MODEL.matcher(nicModel).matches()) {
            throw new ConfigurationException(
                    "\"%s\" is no model of a network card; QEMU knows virtio-net-pci, e1000, e1000e, rtl8139 and others."
                            .formatted(nicModel));
        }
    }

    /**
     * Returns the file that clones stand on.
     *
     * @return the topmost layer
     */
    public Path disk() {
        return layers.get(layers.size() - 1);
    }

    /**
     * Tells whether the disk is called by its digest.
     *
     * @return false when an earlier Sanboot made the image
     */
    boolean isCalledByDigest() {
        return disk().getFileName().toString().startsWith(sha256);
    }

    /**
     * Returns the image that this one is a version of.
     *
     * @return its name, or nothing when this one stands on no other
     */
    public Optional<String> parent() {
        return layers.size() == 1
                ? Optional.empty()
                : Optional.ofNullable(layers.get(layers.size() - 2).getParent())
                        .map(directory -> directory.getFileName().toString());
    }

    /**
     * Returns how the disk lies in its file.
     *
     * @return raw, or qcow2 when it is an overlay on other layers
     */
    public DiskFormat format() {
        return layers.size() == 1 ? DiskFormat.RAW : DiskFormat.QCOW2;
    }

    /**
     * Opens the disk for reading, with all its layers: those that the catalogue knows, whatever names are in them.
     *
     * @return the disk, to be closed
     * @throws ConfigurationException when it is missing
     */
    public Layer open() {
        return Layer.open(layers);
    }
}
