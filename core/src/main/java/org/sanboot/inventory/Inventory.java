package org.sanboot.inventory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;

/**
 * What machines a lab has; immutable.
 *
 * <p>It is read from {@value #FILE}, whose form the JSON schema {@value #SCHEMA} beside this class describes. Virtual
 * machines need no entry: the type {@code qemu} is always there.
 *
 * @param network on which the physical hosts boot; there when there are hosts
 * @param types of physical hosts
 * @param hosts in the order of the file
 */
public record Inventory(Optional<LabNetwork> network, List<MachineType> types, List<PhysicalHost> hosts) {

    /** The name of the file. */
    public static final String FILE = "sanboot-lab.yaml";

    /** The resource that describes the file's form to editors. */
    public static final String SCHEMA = "sanboot-lab.schema.json";

    /** The words that a requirement finds a virtual machine by; it starts by whichever firmware is wanted. */
    private static final Set<String> QEMU_LABELS = Set.of(MachineType.QEMU, "virtual", "bios", "uefi");

    /** Copies the lists. */
    public Inventory {
        types = List.copyOf(types);
        hosts = List.copyOf(hosts);
    }

    /**
     * Returns the inventory of a lab without physical hosts.
     *
     * @return virtual machines only
     */
    public static Inventory virtualOnly() {
        return new Inventory(Optional.empty(), List.of(), List.of());
    }

    /**
     * Finds the inventory: in the file that the system property {@code sanboot.inventory} or else the environment variable
     * {@code SANBOOT_INVENTORY} names, or else in {@value #FILE} in the working directory, or else in the home.
     *
     * @param home the directory with images and failures
     * @return the inventory, with virtual machines only when there is no file
     * @throws ConfigurationException when a file that is named does not exist, or a file has mistakes
     */
    public static Inventory find(Path home) {
        Optional<Path> named = Stream.of(System.getProperty("sanboot.inventory"), System.getenv("SANBOOT_INVENTORY"))
                .filter(name -> name != null && !name.isBlank())
                .map(Path::of)
                .findFirst();
        return named.or(() -> Stream.of(Path.of(FILE).toAbsolutePath(), home.resolve(FILE))
                        .filter(Files::exists)
                        .findFirst())
                .map(Inventory::read)
                .orElseGet(Inventory::virtualOnly);
    }

    /**
     * Reads an inventory.
     *
     * @param file YAML 1.2
     * @return the inventory
     * @throws ConfigurationException when it cannot be read, or with all its mistakes and their lines
     */
    public static Inventory read(Path file) {
        try {
            return new InventoryReader(file.toString()).read(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new ConfigurationException("The inventory %s does not exist.".formatted(file), e);
        } catch (IOException e) {
            throw new ConfigurationException("The inventory %s cannot be read: %s".formatted(file, e), e);
        }
    }

    /**
     * Finds the machines that will do.
     *
     * @param requirement what is wanted
     * @return at least one machine
     * @throws ConfigurationException when nothing fits, with the words that would
     */
    public Selection select(Requirement requirement) {
        boolean virtual = requirement.fits(QEMU_LABELS);
        List<PhysicalHost> fitting =
                hosts.stream().filter(host -> requirement.fits(host.labels())).toList();
        if (!virtual && fitting.isEmpty()) {
            Set<String> labels = new TreeSet<>(QEMU_LABELS);
            hosts.forEach(host -> labels.addAll(host.labels()));
            throw new ConfigurationException("No machine of the inventory fits \"%s\"; the words to choose from are %s."
                    .formatted(requirement, String.join(", ", labels)));
        }
        return new Selection(virtual, fitting);
    }

    /**
     * Finds a host by its name.
     *
     * @param name of the host
     * @return the host
     * @throws ConfigurationException when there is none of that name
     */
    public PhysicalHost host(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new ConfigurationException("The inventory has no host '%s'; it has %s."
                        .formatted(name, hosts.stream().map(PhysicalHost::name).toList())));
    }

    /**
     * The machines that fit a requirement.
     *
     * @param virtual whether a new virtual machine would do, which is always free
     * @param hosts the physical hosts that would do
     */
    public record Selection(boolean virtual, List<PhysicalHost> hosts) {}
}
