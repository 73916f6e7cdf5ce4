package org.sanboot.lab.provision;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.image.GoldenImage;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.Requirement;
import org.sanboot.inventory.VirtualType;
import org.sanboot.lab.HostRequest;

/** Which machines will do for a request. */
public sealed interface MachineChoice {

    /** A virtual machine, which is made when it is wanted. */
    record Virtual(VirtualType type, Firmware firmware) implements MachineChoice {

        public int memoryMebibytes(HostRequest request) {
            Integer pinned = type.pinnedMemoryMebibytes();
            return pinned == null ? request.memoryMebibytes() : pinned;
        }
    }

    /** Any one of these hosts, the first that is free. */
    record Physical(List<PhysicalHost> hosts) implements MachineChoice {

        public List<String> names() {
            return hosts.stream().map(PhysicalHost::name).toList();
        }
    }

    /**
     * Chooses; a virtual machine where one will do, because it is always free.
     *
     * @throws ConfigurationException when nothing of the inventory fits, or nothing that the image boots on
     */
    static MachineChoice of(HostRequest request, GoldenImage image, Inventory inventory) {
        Requirement requirement = Requirement.parse(request.machine());
        Inventory.Selection selection = inventory.select(requirement);
        Set<Firmware> firmware = firmware(request, image);
        for (VirtualType type : selection.virtual()) {
            for (Firmware each : firmware) {
                if (type.startsBy(each) && requirement.fits(type.labels(each))) {
                    return new Virtual(type, each);
                }
            }
        }
        List<PhysicalHost> hosts = selection.hosts().stream()
                .filter(host -> firmware.contains(host.type().firmware()))
                .toList();
        if (hosts.isEmpty()) {
            throw new ConfigurationException(
                    "What fits \"%s\" does not start by %s, by which '%s' is to boot; choose another machine or firmware, or import the image with --firmware."
                            .formatted(requirement, firmware, image.name()));
        }
        if (request.network().isPresent()) {
            throw new ConfigurationException(
                    "The private network '%s' joins virtual machines only, and \"%s\" asks for a physical host."
                            .formatted(request.network().orElseThrow(), requirement));
        }
        return new Physical(hosts);
    }

    /** Returns what the machine may start by, BIOS before UEFI. */
    private static Set<Firmware> firmware(HostRequest request, GoldenImage image) {
        request.firmware().ifPresent(wanted -> {
            if (!image.firmware().contains(wanted)) {
                throw new ConfigurationException(
                        "The image '%s' boots by %s and not by %s; choose another firmware, or import it with --firmware."
                                .formatted(image.name(), image.firmware(), wanted));
            }
        });
        return request.firmware().map(Set::of).orElseGet(() -> new TreeSet<>(image.firmware()));
    }
}
