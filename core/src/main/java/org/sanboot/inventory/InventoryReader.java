package org.sanboot.inventory;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.MacAddress;
import org.sanboot.inventory.LabNetwork.AddressRange;
import org.sanboot.inventory.LabNetwork.Dhcp;
import org.sanboot.yaml.Section;
import org.sanboot.yaml.YamlFile;

/** Reads {@code sanboot-lab.yaml}, and reports all its mistakes together. */
final class InventoryReader {

    static final Set<String> TOP = Set.of("network", "types", "hosts");
    static final Set<String> NETWORK =
            Set.of("address", "device", "dhcp", "range", "httpPort", "iscsiPort", "tftpPort");
    static final Set<String> TYPE =
            Set.of("firmware", "nic", "boot", "managementPort", "timeouts", "labels", "power", "outlet");
    static final Set<String> TIMEOUTS = Set.of("power", "offTime", "script");
    static final Set<String> HOST = Set.of("type", "mac", "address", "bmc", "power", "outlet", "labels");

    private final String file;

    InventoryReader(String file) {
        this.file = file;
    }

    Inventory read(String yaml) {
        YamlFile source = YamlFile.parse(file, yaml);
        Section top = source.top("the inventory").allowing(TOP);
        LabNetwork network = top.section("network").map(this::network).orElse(null);
        Map<String, Section> typeSections = top.named("types", "type");
        Map<String, MachineType> types = new LinkedHashMap<>();
        typeSections.forEach((name, section) -> type(name, section).ifPresent(type -> types.put(name, type)));
        List<PhysicalHost> hosts = new ArrayList<>();
        Map<String, Section> hostSections = top.named("hosts", "host");
        hostSections.forEach(
                (name, section) -> host(name, section, typeSections, types).ifPresent(hosts::add));
        requireNetwork(top, network, hostSections);
        requireDistinct(hosts, hostSections, typeSections.keySet());
        source.rejectMistakes();
        return new Inventory(Optional.ofNullable(network), List.copyOf(types.values()), hosts);
    }

    private @Nullable LabNetwork network(Section section) {
        section.allowing(NETWORK);
        InetAddress address = section.required("address", InventoryReader::address);
        Dhcp dhcp = section.value("dhcp", section.oneOf(Dhcp.class)).orElse(Dhcp.SITE);
        AddressRange range = section.value("range", InventoryReader::range).orElse(null);
        if (dhcp == Dhcp.OWN && !section.has("range")) {
            section.problem("'network' needs a 'range' of addresses when its 'dhcp' is own");
        }
        int httpPort = section.number("httpPort", 0, 65535, 8067);
        int iscsiPort = section.number("iscsiPort", 0, 65535, 3260);
        int tftpPort = section.number("tftpPort", 0, 65535, 69);
        String device = section.text("device").orElse(null);
        return address == null ? null : new LabNetwork(address, device, dhcp, range, httpPort, iscsiPort, tftpPort);
    }

    private Optional<MachineType> type(String name, Section section) {
        section.allowing(TYPE);
        if (name.equals(MachineType.QEMU)) {
            section.problem("the type 'qemu' is always there and cannot be described anew");
        }
        Firmware firmware = section.required("firmware", section.oneOf(Firmware.class));
        BootMethod boot = section.value("boot", section.oneOf(BootMethod.class)).orElse(BootMethod.PXE);
        if (boot == BootMethod.HTTP && firmware == Firmware.BIOS) {
            section.problem("type '%s' cannot boot by http: that needs the firmware uefi".formatted(name));
        }
        ManagementPort port = section.value("managementPort", section.oneOf(ManagementPort.class))
                .orElse(ManagementPort.SHARED);
        StageTimeouts timeouts =
                section.section("timeouts").map(InventoryReader::timeouts).orElse(StageTimeouts.DEFAULT);
        String nic = section.text("nic").orElse("unknown");
        Set<String> labels = section.labels("labels");
        return Optional.ofNullable(firmware)
                .map(known -> new MachineType(name, known, nic, boot, port, timeouts, labels));
    }

    private static StageTimeouts timeouts(Section section) {
        section.allowing(TIMEOUTS);
        StageTimeouts otherwise = StageTimeouts.DEFAULT;
        return new StageTimeouts(
                section.duration("power", otherwise.power()),
                section.duration("offTime", otherwise.offTime()),
                section.duration("script", otherwise.script()));
    }

    private Optional<PhysicalHost> host(
            String name, Section section, Map<String, Section> typeSections, Map<String, MachineType> types) {
        section.allowing(HOST);
        String typeName = section.required("type", type -> known(type, typeSections));
        MacAddress mac = section.required("mac", MacAddress::new);
        String controller = section.text("bmc").orElse(null);
        Section typeSection = typeName == null ? null : typeSections.get(typeName);
        PowerReader reader = new PowerReader(controller);
        PowerConnection power = null;
        Optional<Section> powerSection = Section.within(section, typeSection, "power");
        if (powerSection.isPresent()) {
            power = reader.read(powerSection.get());
        } else {
            section.problem("host '%s' has no 'power', and neither has its type".formatted(name));
        }
        PowerConnection outlet =
                Section.within(section, typeSection, "outlet").map(reader::read).orElse(null);
        String address = section.text("address").orElse(null);
        MachineType type = typeName == null ? null : types.get(typeName);
        Set<String> labels = section.labels("labels");
        return type == null || mac == null || power == null
                ? Optional.empty()
                : Optional.of(new PhysicalHost(name, type, mac, address, power, outlet, labels));
    }

    private static String known(String type, Map<String, Section> types) {
        if (!types.containsKey(type)) {
            throw new ConfigurationException(
                    "there is no type '%s'; there is %s".formatted(type, types.isEmpty() ? "none" : types.keySet()));
        }
        return type;
    }

    private static void requireNetwork(Section top, @Nullable LabNetwork network, Map<String, Section> hosts) {
        if (!hosts.isEmpty() && network == null && !top.has("network")) {
            top.problem("physical hosts need a 'network' with this controller's address in it");
        }
    }

    private static void requireDistinct(List<PhysicalHost> hosts, Map<String, Section> sections, Set<String> types) {
        Map<MacAddress, String> owners = new HashMap<>();
        for (PhysicalHost host : hosts) {
            String other = owners.putIfAbsent(host.mac(), host.name());
            Section section = sections.get(host.name());
            if (section != null && other != null) {
                section.problem("host '%s' has the MAC address of '%s'".formatted(host.name(), other));
            }
            if (section != null && (types.contains(host.name()) || host.name().equals(MachineType.QEMU))) {
                section.problem("host '%s' has the name of a type".formatted(host.name()));
            }
        }
    }

    private static AddressRange range(String text) {
        String[] ends = text.split("\\s*-\\s*", -1);
        if (ends.length != 2) {
            throw new ConfigurationException("'%s' is not a range such as 10.78.0.100-10.78.0.199.".formatted(text));
        }
        return new AddressRange(address(ends[0]), address(ends[1]));
    }

    /** Takes addresses only: a name would be looked up, and the file read differently from day to day. */
    private static InetAddress address(String text) {
        try {
            if (text.matches("[0-9.]+\\.[0-9.]+") || text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            // Said below.
        }
        throw new ConfigurationException("'%s' is not an IP address.".formatted(text));
    }
}
