package org.sanboot.inventory;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.yaml.YamlFile;

/**
 * What machines a lab has; immutable.
 *
 * <p>It is read from {@value #FILE}, whose form the JSON schema {@value #SCHEMA} beside this class describes. Virtual
 * machines need no entry: the type {@code qemu} is always there.
 *
 * @param network on which the physical hosts boot; there when there are hosts
 * @param types of physical hosts
 * @param virtualTypes of virtual machines; {@code qemu}, which pins nothing, is the first
 * @param hosts in the order of the file
 */
public record Inventory(
        Optional<LabNetwork> network,
        List<MachineType> types,
        List<VirtualType> virtualTypes,
        List<PhysicalHost> hosts) {

    /** The name of the file. */
    public static final String FILE = "sanboot-lab.yaml";

    /** The resource that describes the file's form to editors. */
    public static final String SCHEMA = "sanboot-lab.schema.json";

    /** Copies the lists. */
    public Inventory {
        types = List.copyOf(types);
        virtualTypes = List.copyOf(virtualTypes);
        hosts = List.copyOf(hosts);
    }

    /**
     * Returns the inventory of a lab without physical hosts.
     *
     * @return virtual machines only
     */
    public static Inventory virtualOnly() {
        return new Inventory(Optional.empty(), List.of(), List.of(VirtualType.QEMU), List.of());
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
        return new InventoryReader(file.toString()).read(YamlFile.text("The inventory", file));
    }

    /**
     * Finds the machines that will do.
     *
     * @param requirement what is wanted
     * @return at least one machine
     * @throws ConfigurationException when nothing fits, with the words that would
     */
    public Selection select(Requirement requirement) {
        List<VirtualType> virtual = virtualTypes.stream()
                .filter(type -> labels(type).stream().anyMatch(requirement::fits))
                .toList();
        List<PhysicalHost> fitting =
                hosts.stream().filter(host -> requirement.fits(host.labels())).toList();
        if (virtual.isEmpty() && fitting.isEmpty()) {
            throw new ConfigurationException(nothingFits(requirement));
        }
        return new Selection(virtual, fitting);
    }

    private static List<Set<String>> labels(VirtualType type) {
        return Stream.of(Firmware.values())
                .filter(type::startsBy)
                .map(type::labels)
                .toList();
    }

    private String nothingFits(Requirement requirement) {
        Set<String> words = new TreeSet<>();
        virtualTypes.forEach(type -> labels(type).forEach(words::addAll));
        hosts.forEach(host -> words.addAll(host.labels()));
        String none = types.isEmpty() && hosts.isEmpty()
                ? "there are no physical hosts: %s was not found, and neither sanboot.inventory nor SANBOOT_INVENTORY names another"
                        .formatted(FILE)
                : "its types are "
                        + Stream.concat(
                                        virtualTypes.stream().map(VirtualType::name),
                                        types.stream().map(MachineType::name))
                                .collect(Collectors.joining(", "));
        return "No machine of the inventory fits \"%s\"; %s; the words to choose from are %s."
                .formatted(requirement, none, String.join(", ", words));
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
     * @param virtual the kinds of virtual machines that would do, by one firmware at least; one is always free
     * @param hosts the physical hosts that would do
     */
    public record Selection(List<VirtualType> virtual, List<PhysicalHost> hosts) {}
}
