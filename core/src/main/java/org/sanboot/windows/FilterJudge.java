package org.sanboot.windows;

import java.util.Optional;
import org.sanboot.windows.NetworkFilter.RunType;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/** Says what a filter on the boot card leads to; each remedy is one that changes this. */
final class FilterJudge {

    private final String controlSet;

    FilterJudge(String controlSet) {
        this.controlSet = controlSet;
    }

    Optional<Finding> judge(NetworkFilter filter) {
        DriverService service = filter.service();
        String start = "%s\\Services\\%s: %s".formatted(controlSet, service.name(), service.describe());
        if (filter.runType() == RunType.UNKNOWN) {
            return Optional.of(
                    new Finding(
                            Effect.DOUBT,
                            filter.runTypeSetting() + ": not described",
                            "The filter %s is bound to the card, but the registry does not say what it is, so it cannot be judged."
                                    .formatted(filter.id()),
                            "Boot this Windows once from a local disk, and repair or uninstall what the filter belonged to ('netcfg -s n' lists what is installed)."));
        }
        if (filter.preventsBoot()) {
            return Optional.of(new Finding(
                    Effect.STOP,
                    "%s: mandatory; %s".formatted(filter.runTypeSetting(), start),
                    "The filter %s is mandatory but not loaded at boot, so the network never comes up."
                            .formatted(filter.component()),
                    optional(filter)));
        }
        if (filter.stallsBoot()) {
            return Optional.of(new Finding(
                    Effect.STALL,
                    start,
                    "NDIS waits up to 90 s for the optional filter %s, which is not loaded at boot."
                            .formatted(filter.component()),
                    bootStart(filter)));
        }
        return Optional.empty();
    }

    private static String optional(NetworkFilter filter) {
        if (filter.isLeftAlone()) {
            return startByHand(filter);
        }
        boolean windows10 = filter.runTypeSetting().endsWith("\\Optional");
        return (windows10 ? PreparationSwitch.FILTERS_OPTIONAL_10 : PreparationSwitch.FILTERS_OPTIONAL).remedy();
    }

    private static String bootStart(NetworkFilter filter) {
        if (filter.service().isNotToBeLoaded()) {
            return "The driver is disabled or missing, and prepare leaves that so; enable it, or uninstall what the filter belongs to, in the running Windows.";
        }
        if (filter.service().name().equalsIgnoreCase("Psched")) {
            return PreparationSwitch.PSCHED_BOOT_START.remedy();
        }
        return filter.isLeftAlone() ? startByHand(filter) : PreparationSwitch.FILTERS_BOOT_START.remedy();
    }

    private static String startByHand(NetworkFilter filter) {
        if (filter.service().file() == DriverService.File.ABSENT) {
            return "The filter is Windows' own and its driver is missing; repair it in the running Windows with \"sfc /scannow\".";
        }
        return "This filter is Windows' own and prepare leaves it alone; run \"reg add HKLM\\SYSTEM\\CurrentControlSet\\Services\\%s /v Start /t REG_DWORD /d 0 /f\" in the running Windows."
                .formatted(filter.service().name());
    }
}
