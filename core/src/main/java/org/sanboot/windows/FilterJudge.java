package org.sanboot.windows;

import java.util.Optional;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/** Says what a filter on the boot card leads to. */
final class FilterJudge {

    private final String controlSet;

    FilterJudge(String controlSet) {
        this.controlSet = controlSet;
    }

    Optional<Finding> judge(NetworkFilter filter) {
        DriverService service = filter.service();
        String start = "%s\\Services\\%s: %s".formatted(controlSet, service.name(), service.describe());
        if (filter.preventsBoot()) {
            return Optional.of(new Finding(
                    Effect.STOP,
                    "%s: mandatory; %s".formatted(filter.runTypeSetting(), start),
                    "The filter %s is mandatory but not loaded at boot, so the network never comes up."
                            .formatted(filter.component()),
                    (filter.runTypeSetting().endsWith("\\Optional")
                                    ? PreparationSwitch.FILTERS_OPTIONAL_10
                                    : PreparationSwitch.FILTERS_OPTIONAL)
                            .remedy()));
        }
        if (filter.stallsBoot()) {
            return Optional.of(new Finding(
                    Effect.STALL,
                    start,
                    "NDIS waits up to 90 s for the optional filter %s, which is not loaded at boot."
                            .formatted(filter.component()),
                    (service.name().equalsIgnoreCase("Psched")
                                    ? PreparationSwitch.PSCHED_BOOT_START
                                    : PreparationSwitch.FILTERS_BOOT_START)
                            .remedy()));
        }
        return Optional.empty();
    }
}
