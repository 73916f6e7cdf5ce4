package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.windows.NetworkFilter.RunType;
import org.sanboot.windows.WindowsInstallation.Doubt;
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

    private static final int OPTIONAL = 2;
    private static final int MOST_CONTROL_SETS = 32;
    private static final int MOST_CARDS = 1000;
    private static final int MOST_FILTERS = 100;
    private static final String GUID = "\\{[0-9A-Fa-f-]{36}\\}";

    private final Key key;

    private ControlSet(Key key) {
        this.key = key;
    }

    static List<ControlSet> all(Hive hive) {
        List<ControlSet> sets = hive.root().subkeys().stream()
                .filter(key -> key.name().matches("(?i)ControlSet\\d{3}"))
                .map(ControlSet::new)
                .toList();
        if (sets.isEmpty() || sets.size() > MOST_CONTROL_SETS) {
            throw Structure.damaged("The SYSTEM hive", "it has %d control sets".formatted(sets.size()));
        }
        return sets;
    }

    /** Returns the control set that the next boot uses, or the only sensible guess. */
    static ControlSet current(Hive hive) {
        return selected(hive).orElseGet(() -> all(hive).get(0));
    }

    /** Returns what is to be said about a guess. */
    static Optional<Doubt> doubt(Hive hive) {
        if (selected(hive).isPresent()) {
            return Optional.empty();
        }
        OptionalLong number = number(hive);
        return Optional.of(new Doubt(
                "Select\\Current: " + (number.isPresent() ? String.valueOf(number.getAsLong()) : "absent"),
                "It names none of the control sets that are there.",
                "%s was judged instead; see whether this Windows still starts from a local disk."
                        .formatted(all(hive).get(0).name())));
    }

    private static Optional<ControlSet> selected(Hive hive) {
        OptionalLong number = number(hive);
        return number.isEmpty()
                ? Optional.empty()
                : all(hive).stream()
                        .filter(set -> set.name().equalsIgnoreCase("ControlSet%03d".formatted(number.getAsLong())))
                        .findFirst();
    }

    private static OptionalLong number(Hive hive) {
        return hive.root().find("Select").map(select -> select.dword("Current")).orElse(OptionalLong.empty());
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
                        name, start(service), (int) service.dword("BootFlags").orElse(0)));
    }

    /** Windows never loads a driver that is not there. */
    private DriverService serviceOrNone(String name) {
        return service(name).orElseGet(() -> new DriverService(name, DriverService.DISABLED, 0));
    }

    private static int start(Key service) {
        OptionalLong override = service.find("StartOverride")
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
        return control("NetworkSetup2", "Filters", id, "Kernel");
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
        boolean onABus = instance.toUpperCase(Locale.ROOT).matches("(?s)(PCI|VMBUS|XENVIF|XENBUS)\\\\.*");
        boolean ethernet = card.dword("*IfType").orElse(ETHERNET) == ETHERNET;
        Optional<String> service = card.find("Ndi").flatMap(ndi -> ndi.string("Service"));
        if (!onABus || !ethernet || service.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new NetworkCard(
                card.path(),
                card.string("DriverDesc").orElse(instance),
                instance,
                serviceOrNone(service.get()),
                filters(card)));
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
