package org.sanboot.lab.provision;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.FailureStore;
import org.sanboot.image.GoldenImage;
import org.sanboot.image.GuestFamily;
import org.sanboot.image.ImageCatalogue;
import org.sanboot.inventory.Inventory;
import org.sanboot.lab.HostRequest;

/**
 * A request that can be met: the image exists and fits.
 *
 * @param request what was asked for
 * @param image the golden image, or the one that the failure stands on
 * @param failure the kept disk to clone instead of the image
 * @param machine which machines will do
 * @param number of this machine within its run
 * @param networks the private networks of all machines that are wanted together with this one
 */
public record MachinePlan(
        HostRequest request,
        GoldenImage image,
        @Nullable Failure failure,
        MachineChoice machine,
        int number,
        SharedNetworks networks) {

    public static MachinePlan of(
            HostRequest request,
            ImageCatalogue catalogue,
            FailureStore failures,
            Inventory inventory,
            int number,
            SharedNetworks networks) {
        Failure failure = request.failure().map(failures::find).orElse(null);
        GoldenImage image = catalogue.find(failure == null ? request.image() : failure.imageName());
        request.family().ifPresent(family -> requireFamily(image, family));
        return new MachinePlan(request, image, failure, MachineChoice.of(request, image, inventory), number, networks);
    }

    private static void requireFamily(GoldenImage image, GuestFamily family) {
        if (image.family() != family) {
            throw new ConfigurationException("The image '%s' holds a guest of the family %s, but %s is wanted; use the"
                            .formatted(image.name(), image.family(), family)
                    + " annotation for that family, or import the image with --family.");
        }
    }

    /**
     * Returns why the disk may not boot on this machine.
     *
     * @return a sentence, when it comes from a physical host and the machine is virtual
     */
    public Optional<String> doubt() {
        String host = failure == null ? null : failure.manifest().machine().get(LeasedHostProvisioner.PHYSICAL_HOST);
        return host == null || machine instanceof MachineChoice.Physical
                ? Optional.empty()
                : Optional.of(
                        "The disk is from the physical host %s; in QEMU it boots only if its guest has a driver for the network card %s."
                                .formatted(host, image.nicModel()));
    }
}
