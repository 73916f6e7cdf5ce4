package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.windows.NetworkFilter.RunType;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.Key;
import org.sanboot.windows.structure.Structure;

/** One control set of a SYSTEM hive: what is where in it. */
final class ControlSet {

    static final String WFP_FILTER = "{B70D6460-3635-4D42-B866-B8AB1A24454C}";

    private static final String NETWORK_CLASS = "{4D36E972-E325-11CE-BFC1-08002BE10318}";
    private static final String NETWORK_COMPONENTS = "{4D36E974-E325-11CE-BFC1-08002BE10318}";
    /** {@code *IfType} of IANA's ianaiftype-mib. */
    private static final int ETHERNET = 6;

    /** Microsoft, Characteristics of INF files: the card is hardware. */
    private static final int NCF_PHYSICAL = 4;

    private static final int CONFIGFLAG_DISABLED = 1;
    private static final String BUSES = "(?s)((PCI|VMBUS|XENVIF|XENBUS)\\\\|[^\\\\]+\\\\[^\\\\]*PCI_[0-9A-F]{8}).*";
    /** No boot firmware describes a card there in the iBFT in a way that Windows finds. */
    private static final String NO_BOOT_BUSES = "(?s)(USB|BTH|ROOT|SWD|SW|COMPOSITEBUS|\\{|$).*";

    private static final int OPTIONAL = 2;
    private static final int MOST_CONTROL_SETS = 32;
    private static final int MOST_CARDS = 1000;
    private static final int MOST_FILTERS = 100;
    private static final String GUID = "\\{[0-9A-Fa-f-]{36}\\}";

    private final Key key;
    private final WindowsVersion version;
    private final DriverFiles files;

    private ControlSet(Key key, WindowsVersion version, DriverFiles files) {
        this.key = key;
        this.version = version;
        this.files = files;
    }

    static List<ControlSet> all(Hive hive, WindowsVersion version, DriverFiles files) {
        List<ControlSet> sets = hive.root().subkeys().stream()
                .filter(key -> key.name().matches("(?i)ControlSet\\d{3}"))
                .map(key -> new ControlSet(key, version, files))
                .toList();
        if (sets.isEmpty() || sets.size() > MOST_CONTROL_SETS) {
            throw Structure.damaged("The SYSTEM hive", "it has %d control sets".formatted(sets.size()));
        }
        return sets;
    }

    String name() {
        return key.name();
    }

    Optional<Key> control(String... path) {
        return key.find("Control").flatMap(control -> control.find(path));
    }

    Optional<Key> serviceKey(String name) {
        return key.find("Services", name);
    }

    Optional<DriverService> service(String name) {
        return serviceKey(name)
                .map(service -> new DriverService(
                        name,
                        start(service),
                        (int) service.dword("BootFlags").orElse(0),
                        files.find(name, service.string("ImagePath"))));
    }

    /** Windows never loads a driver that is not there. */
    private DriverService serviceOrNone(String name) {
        return service(name)
                .orElseGet(() -> new DriverService(name, DriverService.DISABLED, 0, DriverService.File.NOT_EXAMINED));
    }

    /** Tells whether a driver's file is there that is no service. */
    DriverService.File driverFile(String name) {
        return files.find(name, Optional.empty());
    }

    private int start(Key service) {
        OptionalLong override = service.find("StartOverride")
                .filter(overrides -> VersionRule.START_OVERRIDE.holdsFor(version))
                .map(overrides -> overrides.dword("0"))
                .orElse(OptionalLong.empty());
        return (int) override.orElse(service.dword("Start").orElse(DriverService.DISABLED));
    }

    /** Returns the settings of a filter component, where Windows 7 and 8.1 keep its run type. */
    Optional<Key> filterNdi(String id) {
        return control("Network", NETWORK_COMPONENTS, id, "Ndi");
    }

    /** Returns the settings of a filter, where Windows 10 and later keep its run type. */
    Optional<Key> filterKernel(String id) {
        return VersionRule.FILTERS_IN_NETWORK_SETUP.holdsFor(version)
                ? control("NetworkSetup2", "Filters", id, "Kernel")
                : Optional.empty();
    }

    List<NetworkCard> networkCards() {
        List<Key> keys = control("Class", NETWORK_CLASS).map(Key::subkeys).orElse(List.of());
        if (keys.size() > MOST_CARDS) {
            throw Structure.damaged("The SYSTEM hive", "it has %d network cards".formatted(keys.size()));
        }
        List<NetworkCard> cards = new ArrayList<>();
        for (Key card : keys) {
            networkCard(card).ifPresent(cards::add);
        }
        return cards;
    }

    /** Leaves out what is no card (WAN miniports, tunnels) and what is no Ethernet. */
    private Optional<NetworkCard> networkCard(Key card) {
        String instance = card.string("DeviceInstanceID")
                .or(() -> card.string("MatchingDeviceId"))
                .orElse("");
        boolean onABus = instance.toUpperCase(Locale.ROOT).matches(BUSES);
        boolean ethernet = card.dword("*IfType").orElse(ETHERNET) == ETHERNET;
        Optional<String> service = card.find("Ndi").flatMap(ndi -> ndi.string("Service"));
        if (!(onABus || isPhysical(card, instance)) || !ethernet || service.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new NetworkCard(
                card.path(),
                card.string("DriverDesc").orElse(instance),
                instance,
                state(instance),
                service(instance.split("\\\\", 2)[0]),
                serviceOrNone(service.get()),
                filters(card)));
    }

    /** What a vendor's bus driver finds is on no bus that is known here, but it is hardware and says so. */
    private static boolean isPhysical(Key card, String instance) {
        return (card.dword("Characteristics").orElse(0) & NCF_PHYSICAL) != 0
                && !instance.toUpperCase(Locale.ROOT).matches(NO_BOOT_BUSES);
    }

    private NetworkCard.State state(String instance) {
        Optional<Key> device = key.find("Enum").flatMap(tree -> tree.find(instance.split("\\\\")));
        if (device.isEmpty()) {
            return NetworkCard.State.NOT_FOUND;
        }
        boolean disabled = (device.get().dword("ConfigFlags").orElse(0) & CONFIGFLAG_DISABLED) != 0;
        return disabled ? NetworkCard.State.DISABLED : NetworkCard.State.ENABLED;
    }

    /** The list's entries are the card's GUID, the filter's GUID and a number, joined by dashes. */
    private List<NetworkFilter> filters(Key card) {
        List<String> entries = card.find("Linkage")
                .map(linkage -> linkage.strings("FilterList"))
                .orElse(List.of());
        if (entries.size() > MOST_FILTERS) {
            throw Structure.damaged(card.path(), "it has %d filters".formatted(entries.size()));
        }
        List<NetworkFilter> filters = new ArrayList<>();
        for (String entry : entries) {
            if (entry.matches("(?s)" + GUID + "-" + GUID + ".*")) {
                filters.add(filter(entry.substring(39, 77)));
            }
        }
        return filters;
    }

    private NetworkFilter filter(String id) {
        Optional<Key> component = control("Network", NETWORK_COMPONENTS, id);
        Optional<Key> ndi = filterNdi(id);
        Optional<Key> kernel = filterKernel(id);
        Optional<String> service = ndi.flatMap(found -> found.string("Service"));
        boolean optional = kernel.isPresent()
                ? dword(kernel, "Optional").orElse(0) != 0
                : dword(ndi, "FilterRunType").orElse(1) == OPTIONAL;
        boolean awaited = dword(kernel, "NoStartAtBoot").orElse(0) == 0
                && dword(ndi, "NdisBootStart").orElse(1) != 0;
        return new NetworkFilter(
                id,
                component.flatMap(found -> found.string("ComponentId")).orElse(id),
                serviceOrNone(service.orElse(NetworkFilter.NO_SERVICE)),
                service.isEmpty() ? RunType.UNKNOWN : optional ? RunType.OPTIONAL : RunType.MANDATORY,
                kernel.map(found -> found.path() + "\\Optional")
                        .or(() -> ndi.map(found -> found.path() + "\\FilterRunType"))
                        .orElse(name() + "\\Control\\Network\\" + NETWORK_COMPONENTS + "\\" + id),
                awaited);
    }

    private static OptionalLong dword(Optional<Key> key, String name) {
        return key.map(found -> found.dword(name)).orElse(OptionalLong.empty());
    }
}
