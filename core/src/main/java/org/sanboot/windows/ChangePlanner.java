package org.sanboot.windows;

import static org.sanboot.windows.PlannedChange.Kind.ADD;
import static org.sanboot.windows.PlannedChange.Kind.NONE;
import static org.sanboot.windows.PlannedChange.Kind.OVERWRITE;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.HiveEditor;
import org.sanboot.windows.registry.Key;

/** Changes the draft of one installation's SYSTEM hive, and says what it did. */
final class ChangePlanner {

    private static final int OPTIONAL = 2;
    private static final int AUTOMATIC = 2;
    private static final int BOOT_START = 0;

    private final WindowsInstallation installation;
    private final Hive hive;
    private final HiveEditor editor;
    private final Set<PreparationSwitch> switches;
    private final Map<String, PlannedChange> changes = new LinkedHashMap<>();

    ChangePlanner(WindowsInstallation installation, Hive hive, Set<PreparationSwitch> switches) {
        this.installation = installation;
        this.hive = hive;
        this.editor = new HiveEditor(hive);
        this.switches = switches;
    }

    List<PlannedChange> plan() {
        for (ControlSet set : ControlSet.all(hive, installation.version(), DriverFiles.NOT_EXAMINED)) {
            for (PreparationSwitch change : PreparationSwitch.values()) {
                if (switches.contains(change)) {
                    plan(set, change);
                }
            }
        }
        return new ArrayList<>(changes.values());
    }

    private void plan(ControlSet set, PreparationSwitch change) {
        switch (change) {
            case REPLAY_LOGS -> {} // Of the whole hive, and done before.
            case FILTERS_OPTIONAL -> filtersToMakeOptional(set).forEach(id -> runType(change, set, id));
            case FILTERS_OPTIONAL_10 ->
                filtersToMakeOptional(set)
                        .forEach(id -> set.filterKernel(id).ifPresent(kernel -> number(change, kernel, "Optional", 1)));
            case FILTERS_BOOT_START ->
                filtersNotLoaded(set).forEach(service -> start(change, set, service, BOOT_START));
            case PSCHED_BOOT_START -> start(change, set, "Psched", BOOT_START);
            case NIC_BOOT_START -> cardsNotLoaded(set).forEach(service -> start(change, set, service, BOOT_START));
            case MSISCSI_AUTOMATIC -> start(change, set, "MSiSCSI", AUTOMATIC);
            case NO_PAGE_FILE -> {
                if (VersionRule.PAGE_FILE_AT_RISK.holdsFor(installation.version())) {
                    set.control("Session Manager", "Memory Management").ifPresent(key -> noPageFile(change, key));
                }
            }
            case NO_FAST_STARTUP ->
                set.control("Session Manager", "Power")
                        .filter(key -> key.value("HiberbootEnabled").isPresent())
                        .ifPresent(key -> number(change, key, "HiberbootEnabled", 0));
            case NO_AUTOMATIC_RESTART ->
                set.control("CrashControl").ifPresent(key -> number(change, key, "AutoReboot", 0));
        }
    }

    /** A value that is not there is only added where it decides: Windows 10 and later have another one. */
    private void runType(PreparationSwitch change, ControlSet set, String id) {
        boolean decides = set.filterKernel(id).isEmpty() && preventing(set).contains(id);
        set.filterNdi(id)
                .filter(ndi -> decides || ndi.value("FilterRunType").isPresent())
                .ifPresent(ndi -> number(change, ndi, "FilterRunType", OPTIONAL));
    }

    private void number(PreparationSwitch change, Key key, String name, long wanted) {
        OptionalLong before = key.dword(name);
        if (before.isEmpty()) {
            key.value(name).ifPresent(value -> refuse(change, key, name, "REG_DWORD"));
        }
        boolean done = before.isPresent() && before.getAsLong() == wanted;
        PlannedChange.Kind kind = done ? NONE : before.isPresent() ? OVERWRITE : ADD;
        String old = before.isPresent() ? String.valueOf(before.getAsLong()) : "absent";
        if (note(change, key, name, old, String.valueOf(wanted), kind) && !done) {
            editor.setDword(key, name, wanted);
        }
    }

    private void noPageFile(PreparationSwitch change, Key key) {
        key.value("PagingFiles")
                .filter(value -> !value.isMultiString())
                .ifPresent(value -> refuse(change, key, "PagingFiles", "REG_MULTI_SZ"));
        List<String> before = key.strings("PagingFiles");
        if (before.isEmpty()) {
            note(change, key, "PagingFiles", "empty", "empty", NONE);
        } else if (note(change, key, "PagingFiles", String.join(", ", before), "empty", OVERWRITE)) {
            editor.clearStrings(key, "PagingFiles");
        }
    }

    /** Half of a plan would leave an image that only seems to be prepared. */
    private static void refuse(PreparationSwitch change, Key key, String name, String type) {
        throw new ConfigurationException(
                "The value %s\\%s is no %s, so that prepare cannot set it and changes nothing; set it with regedit in the running Windows, or go without it: --without %s."
                        .formatted(key.path(), name, type, change.id()));
    }

    /** A driver that somebody has disabled stays so. */
    private void start(PreparationSwitch change, ControlSet set, String service, int wanted) {
        Optional<Key> key =
                set.serviceKey(service).filter(found -> found.value("Start").isPresent());
        if (key.isEmpty()) {
            return;
        }
        if (key.get().dword("Start").isEmpty()) {
            refuse(change, key.get(), "Start", "REG_DWORD");
        }
        if (wanted == BOOT_START
                && set.service(service).filter(DriverService::isDisabled).isPresent()) {
            return;
        }
        number(change, key.get(), "Start", wanted);
        key.get()
                .find("StartOverride")
                .filter(override -> override.value("0").isPresent())
                .ifPresent(override -> number(change, override, "0", wanted));
    }

    /** Two switches may want the same of one value; the first one has it. */
    private boolean note(
            PreparationSwitch change, Key key, String name, String before, String after, PlannedChange.Kind kind) {
        String path = key.path() + "\\" + name;
        PlannedChange planned = new PlannedChange(
                change, installation.partition(), installation.directory(), path, before, after, kind);
        return changes.putIfAbsent(path, planned) == null;
    }

    private static Set<String> filtersToMakeOptional(ControlSet set) {
        Set<String> ids = new LinkedHashSet<>();
        ids.add(ControlSet.WFP_FILTER);
        ids.addAll(preventing(set));
        return ids;
    }

    private static Set<String> preventing(ControlSet set) {
        return set.networkCards().stream()
                .flatMap(card -> card.filters().stream())
                .filter(filter -> filter.preventsBoot() && !filter.isLeftAlone())
                .map(filter -> filter.id().toUpperCase(Locale.ROOT))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Leaves filters alone that nobody waits for: a boot with such a driver is one more that can go wrong. */
    private static Set<String> filtersNotLoaded(ControlSet set) {
        Set<String> services = new LinkedHashSet<>();
        for (NetworkCard card : set.networkCards()) {
            card.filters().stream()
                    .filter(filter -> !filter.isLeftAlone())
                    .filter(filter -> filter.preventsBoot() || filter.stallsBoot())
                    .forEach(filter -> services.add(filter.service().name()));
        }
        return services;
    }

    /** The virtio driver is named because it may have been installed before its card was ever seen. */
    private static Set<String> cardsNotLoaded(ControlSet set) {
        Set<String> services = new LinkedHashSet<>();
        set.networkCards().stream()
                .map(NetworkCard::service)
                .filter(service -> !service.isBootLoadable())
                .forEach(service -> services.add(service.name()));
        set.service("netkvm").filter(service -> !service.isBootLoadable()).ifPresent(service -> services.add("netkvm"));
        return services;
    }
}
