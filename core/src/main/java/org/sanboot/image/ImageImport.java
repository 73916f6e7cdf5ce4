package org.sanboot.image;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.boot.Firmware;

/**
 * What {@link ImageCatalogue#add} makes an image of.
 *
 * @param source a disk in any format that {@code qemu-img} reads: qcow2, VHDX, VMDK, VDI, raw
 * @param name of the image, see {@link GoldenImage}
 * @param family what kind of operating system it has
 * @param firmware what it can be booted by, at least one
 * @param nicModel QEMU's name of the network card that its boot depends on
 * @param credentials how to log in, when that is known
 */
public record ImageImport(
        Path source,
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
}
