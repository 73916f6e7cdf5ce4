package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.sanboot.windows.WindowsInstallation.Doubt;
import org.sanboot.windows.registry.Hive;

/**
 * Which control set is booted: the loader takes {@code Select\Default}, where {@code Current} is the one that ran last,
 * {@code Failed} one that was given up, and {@code LastKnownGood} what it falls back to (Microsoft KB102984, and "Select"
 * in the Windows 2000 registry reference).
 *
 * @param set the one to judge
 * @param doubts what is to be said about the choice
 * @param description of the four values, for people
 */
record BootSelection(ControlSet set, List<Doubt> doubts, String description) {

    static BootSelection of(Hive hive, WindowsVersion version, DriverFiles files) {
        Reading reading = new Reading(hive, ControlSet.all(hive, version, files));
        List<Doubt> doubts = new ArrayList<>();
        Optional<ControlSet> selected = reading.named("Default");
        ControlSet set = selected.or(() -> reading.named("Current"))
                .orElseGet(() -> reading.sets().get(0));
        if (selected.isEmpty()) {
            doubts.add(new Doubt(
                    "Select\\Default: " + reading.text("Default"),
                    "It names none of the control sets that are there.",
                    "%s was judged instead; see whether this Windows still starts from a local disk."
                            .formatted(set.name())));
        } else if (!reading.text("Current").equals(reading.text("Default"))) {
            doubts.add(new Doubt(
                    "Select\\Default: %s, Current: %s".formatted(reading.text("Default"), reading.text("Current")),
                    "This Windows will boot another control set than the one that it ran with last.",
                    "%s was judged, which is the one that will boot; start this Windows once from a local disk to see that it works."
                            .formatted(set.name())));
        }
        reading.named("Failed")
                .ifPresent(failed -> doubts.add(new Doubt(
                        "Select\\Failed: " + reading.text("Failed"),
                        "A start with %s failed, and Windows went back to its last known good one."
                                .formatted(failed.name()),
                        "%s was judged, which is the one that will boot.".formatted(set.name()))));
        return new BootSelection(set, List.copyOf(doubts), reading.describe());
    }

    private record Reading(Hive hive, List<ControlSet> sets) {

        OptionalLong number(String value) {
            return hive.root().find("Select").map(select -> select.dword(value)).orElse(OptionalLong.empty());
        }

        String text(String value) {
            OptionalLong number = number(value);
            return number.isPresent() ? String.valueOf(number.getAsLong()) : "absent";
        }

        Optional<ControlSet> named(String value) {
            OptionalLong number = number(value);
            return number.isEmpty()
                    ? Optional.empty()
                    : sets.stream()
                            .filter(set -> set.name().equalsIgnoreCase("ControlSet%03d".formatted(number.getAsLong())))
                            .findFirst();
        }

        String describe() {
            return List.of("Default", "Current", "LastKnownGood", "Failed").stream()
                    .map(value -> value + " " + text(value))
                    .collect(Collectors.joining(", "));
        }
    }
}
