package org.sanboot.lab;

import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;

/**
 * A request that can be met: the image exists and fits.
 *
 * @param request what was asked for
 * @param image the golden image, or the one that the failure stands on
 * @param failure the kept disk to clone instead of the image
 * @param firmware what the machine starts by
 * @param number of this machine within its run
 * @param networks the private networks of all machines that are wanted together with this one
 */
record HostPlan(
        HostRequest request,
        GoldenImage image,
        @Nullable Failure failure,
        Firmware firmware,
        int number,
        SharedNetworks networks) {

    static HostPlan of(
            HostRequest request, ImageCatalogue catalogue, FailureStore failures, int number, SharedNetworks networks) {
        if (!request.machine().equals("qemu")) {
            throw new ConfigurationException(
                    "There is no machine type '%s'; the only one is qemu.".formatted(request.machine()));
        }
        Failure failure = request.failure().map(failures::find).orElse(null);
        GoldenImage image = catalogue.find(failure == null ? request.image() : failure.imageName());
        request.family().ifPresent(family -> requireFamily(image, family));
        return new HostPlan(request, image, failure, firmware(request, image), number, networks);
    }

    private static void requireFamily(GoldenImage image, GuestFamily family) {
        if (image.family() != family) {
            throw new ConfigurationException("The image '%s' holds a guest of the family %s, but %s is wanted; use the"
                            .formatted(image.name(), image.family(), family)
                    + " annotation for that family, or import the image with --family.");
        }
    }

    private static Firmware firmware(HostRequest request, GoldenImage image) {
        Firmware first = image.firmware().stream().sorted().findFirst().orElse(Firmware.BIOS);
        Firmware wanted = request.firmware().orElse(first);
        if (!image.firmware().contains(wanted)) {
            throw new ConfigurationException(
                    "The image '%s' boots by %s and not by %s; choose another firmware, or import it with --firmware."
                            .formatted(image.name(), image.firmware(), wanted));
        }
        return wanted;
    }
}
