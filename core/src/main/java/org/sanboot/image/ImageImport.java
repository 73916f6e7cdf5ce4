package org.sanboot.image;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.FurtherFiles;
import org.sanboot.block.SourceFormat;
import org.sanboot.boot.Firmware;

/**
 * What {@link ImageCatalogue#add} makes an image of.
 *
 * @param source a disk in any format that is read: qcow2, VHDX, VHD, VMDK, VDI, raw
 * @param format as the user says it; none when the name of the source tells it
 * @param furtherFiles which other files the source may name
 * @param name of the image, see {@link GoldenImage}
 * @param family what kind of operating system it has
 * @param firmware what it can be booted by, at least one
 * @param nicModel QEMU's name of the network card that its boot depends on
 * @param credentials how to log in, when that is known
 */
public record ImageImport(
        Path source,
        @Nullable SourceFormat format,
        FurtherFiles furtherFiles,
        String name,
        GuestFamily family,
        Set<Firmware> firmware,
        String nicModel,
        @Nullable Credentials credentials) {

    /** Checks the name and the network card before any work is done. */
    public ImageImport {
        GoldenImage.checkName(name);
        GoldenImage.checkNicModel(nicModel);
        firmware = GoldenImage.checkFirmware(name, firmware);
    }

    /**
     * Makes an image of a disk whose name tells its format, and that names no other files.
     *
     * @param source the disk
     * @param name of the image
     * @param family what kind of operating system it has
     * @param firmware what it can be booted by, at least one
     * @param nicModel QEMU's name of the network card that its boot depends on
     * @param credentials how to log in, when that is known
     */
    public ImageImport(
            Path source,
            String name,
            GuestFamily family,
            Set<Firmware> firmware,
            String nicModel,
            @Nullable Credentials credentials) {
        this(source, null, new FurtherFiles.None(), name, family, firmware, nicModel, credentials);
    }

    /**
     * Says what the source is.
     *
     * @param said its format, or none when its name tells it
     * @param allowed which other files it may name
     * @return another import of the same
     */
    public ImageImport from(@Nullable SourceFormat said, FurtherFiles allowed) {
        return new ImageImport(source, said, allowed, name, family, firmware, nicModel, credentials);
    }
}
