package org.sanboot.windows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.NetworkFilter.RunType;

/**
 * Whether the installations of a disk will boot from iSCSI, machine type by machine type.
 *
 * <p>No Windows runs here: a verdict follows from the settings, by the rules that its findings state.
 *
 * @param installations one for each installation, in the order of the partitions
 * @param bitLockerPartitions partitions that could not be read
 */
public record WindowsCheck(List<Assessment> installations, List<Integer> bitLockerPartitions) {

    /** Makes the lists immutable. */
    public WindowsCheck {
        installations = List.copyOf(installations);
        bitLockerPartitions = List.copyOf(bitLockerPartitions);
    }

    /** What will happen. */
    public enum Verdict {
        /** Windows finds its disk. */
        BOOTS("boots"),
        /** Windows finds its disk after waiting for a filter that does not come. */
        STALLS("boots with a stall of up to 90 s"),
        /** Windows loses its disk: STOP 0x7B, INACCESSIBLE_BOOT_DEVICE. */
        STOPS("will stop with 0x7B"),
        /** No rule is known for this Windows. */
        UNKNOWN("cannot be judged");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        /**
         * Returns the verdict for people.
         *
         * @return a predicate, such as "boots"
         */
        public String text() {
            return text;
        }
    }

    /** What a finding means for the boot. */
    public enum Effect {
        /** The boot is not in danger, but something else is. */
        RISK,
        /** A wait of up to 90 seconds. */
        STALL,
        /** STOP 0x7B. */
        STOP
    }

    /**
     * A setting that is not as it should be.
     *
     * @param effect what it leads to
     * @param setting where it stands and what it is
     * @param explanation why this matters, one sentence
     * @param remedy what to do, one sentence
     */
    public record Finding(Effect effect, String setting, String explanation, String remedy) {}

    /**
     * The verdict for one machine type.
     *
     * @param machine the machine type
     * @param verdict what will happen
     * @param findings why, the worst first
     */
    public record MachineVerdict(TargetMachine machine, Verdict verdict, List<Finding> findings) {

        /** Makes the list immutable. */
        public MachineVerdict {
            findings = List.copyOf(findings);
        }
    }

    /**
     * The verdicts for one installation.
     *
     * @param installation what was found
     * @param risks findings that hold for every machine and do not decide whether it boots
     * @param machines one verdict for each machine type, then one for each card of the installation that none of them has
     */
    public record Assessment(WindowsInstallation installation, List<Finding> risks, List<MachineVerdict> machines) {

        /** Makes the lists immutable. */
        public Assessment {
            risks = List.copyOf(risks);
            machines = List.copyOf(machines);
        }
    }

    /**
     * Judges a disk.
     *
     * @param disk what is installed
     * @param machines the machine types to judge for
     * @return the verdicts
     */
    public static WindowsCheck of(WindowsDisk disk, List<TargetMachine> machines) {
        return of(disk.installations(), disk.bitLockerPartitions(), machines);
    }

    static WindowsCheck of(
            List<WindowsInstallation> installations, List<Integer> bitLockerPartitions, List<TargetMachine> machines) {
        return new WindowsCheck(
                installations.stream()
                        .map(installation -> assess(installation, machines))
                        .toList(),
                bitLockerPartitions);
    }

    /**
     * Tells whether it boots anywhere.
     *
     * @return true when at least one installation boots on at least one machine type, with or without a stall
     */
    public boolean bootsSomewhere() {
        return installations.stream()
                .flatMap(assessment -> assessment.machines().stream())
                .anyMatch(machine -> machine.verdict() == Verdict.BOOTS || machine.verdict() == Verdict.STALLS);
    }

    private static Assessment assess(WindowsInstallation installation, List<TargetMachine> machines) {
        List<MachineVerdict> verdicts = new ArrayList<>();
        machines.forEach(machine -> verdicts.add(judge(installation, machine)));
        installation.networkCards().stream()
                .filter(card -> machines.stream().noneMatch(machine -> isModel(card, machine)))
                .forEach(card -> verdicts.add(judge(installation, TargetMachine.of(card))));
        return new Assessment(installation, risks(installation), verdicts);
    }

    private static MachineVerdict judge(WindowsInstallation installation, TargetMachine machine) {
        if (installation.version().isBeforeVista()) {
            return new MachineVerdict(machine, Verdict.UNKNOWN, List.of());
        }
        List<Finding> findings = new ArrayList<>(commonFindings(installation));
        findings.addAll(cardFindings(installation, machine));
        findings.sort(Comparator.comparing(Finding::effect).reversed());
        return new MachineVerdict(machine, verdict(findings), findings);
    }

    private static Verdict verdict(List<Finding> findings) {
        if (findings.isEmpty()) {
            return Verdict.BOOTS;
        }
        return switch (findings.get(0).effect()) {
            case STOP -> Verdict.STOPS;
            case STALL -> Verdict.STALLS;
            case RISK -> Verdict.BOOTS;
        };
    }

    private static List<Finding> commonFindings(WindowsInstallation installation) {
        Optional<DriverService> port = installation.iscsiPort();
        if (port.isPresent() && port.get().isBootLoadable()) {
            return List.of();
        }
        return List.of(new Finding(
                Effect.STOP,
                setting(installation, "Services\\iScsiPrt", port.map(DriverService::describe)),
                "The driver of the iSCSI disk is not loaded at boot.",
                "Set iScsiPrt's BootFlags to 1, as a fresh installation has it."));
    }

    /** Judges by the card that fits best, as several of one model may have been there over time. */
    private static List<Finding> cardFindings(WindowsInstallation installation, TargetMachine machine) {
        List<NetworkCard> model = installation.networkCards().stream()
                .filter(card -> isModel(card, machine))
                .toList();
        if (model.isEmpty()) {
            return List.of(new Finding(
                    Effect.STOP,
                    setting(installation, "Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}", Optional.empty()),
                    "No card %s was ever set up in this Windows, so nothing is bound to it at boot."
                            .formatted(String.join(" or ", machine.hardwareIds())),
                    "Boot this Windows once from a local disk in a machine with that card in its slot."));
        }
        List<NetworkCard> inPlace = model.stream()
                .filter(card -> machine.location().isEmpty()
                        || card.location().isEmpty()
                        || card.location().equals(machine.location()))
                .toList();
        if (inPlace.isEmpty()) {
            return List.of(new Finding(
                    Effect.STOP,
                    model.get(0).key() + " = " + model.get(0).instance(),
                    "The card was set up at %s, and the machine has it at %s: to Windows that is another card."
                            .formatted(model.get(0).location().orElse("?"), machine.location().orElse("?")),
                    "Give the machine type the slot that the image has, or set Windows up in this slot."));
        }
        return inPlace.stream()
                .map(card -> findings(installation, machine, card))
                .min(Comparator.comparing(WindowsCheck::verdictAndCount))
                .orElse(List.of());
    }

    private static Integer verdictAndCount(List<Finding> findings) {
        return findings.stream()
                .mapToInt(finding -> switch (finding.effect()) {
                    case STOP -> 10_000;
                    case STALL -> 100;
                    case RISK -> 1;
                })
                .sum();
    }

    private static List<Finding> findings(
            WindowsInstallation installation, TargetMachine machine, NetworkCard card) {
        List<Finding> findings = new ArrayList<>();
        if (!card.service().isBootLoadable()) {
            findings.add(new Finding(
                    Effect.STOP,
                    setting(
                            installation,
                            "Services\\" + card.service().name(),
                            Optional.of(card.service().describe())),
                    "The network card's driver is not loaded at boot, so there is no way to the disk.",
                    prepare(PreparationSwitch.NIC_BOOT_START)));
        }
        card.filters().forEach(filter -> finding(installation, filter).ifPresent(findings::add));
        if (machine.serialNumber() || card.isKnownBySerialNumber()) {
            findings.add(new Finding(
                    Effect.RISK,
                    card.key() + " = " + card.instance(),
                    "The card has a serial number made of its MAC address, so Windows takes the same model with another MAC for a new card.",
                    "Give every machine of this image the same MAC address, or use e1000 or virtio-net-pci."));
        }
        return findings;
    }

    private static Optional<Finding> finding(WindowsInstallation installation, NetworkFilter filter) {
        boolean stops = filter.preventsBoot();
        if (!stops && !filter.stallsBoot()) {
            return Optional.empty();
        }
        boolean qos = filter.service().name().equalsIgnoreCase("Psched");
        String setting = stops
                ? "%s: mandatory; %s: %s"
                        .formatted(
                                filter.runTypeSetting(),
                                filter.service().name(),
                                filter.service().describe())
                : setting(
                        installation,
                        "Services\\" + filter.service().name(),
                        Optional.of(filter.service().describe()));
        return Optional.of(new Finding(
                stops ? Effect.STOP : Effect.STALL,
                setting,
                stops
                        ? "The filter %s is mandatory but not loaded at boot, so the network never comes up."
                                .formatted(filter.component())
                        : "NDIS waits up to 90 s for the optional filter %s, which is not loaded at boot."
                                .formatted(filter.component()),
                prepare(
                        qos
                                ? PreparationSwitch.PSCHED_BOOT_START
                                : stops ? optionalSwitch(filter) : PreparationSwitch.FILTERS_BOOT_START)));
    }

    private static PreparationSwitch optionalSwitch(NetworkFilter filter) {
        return filter.runType() == RunType.MANDATORY && filter.runTypeSetting().endsWith("\\Optional")
                ? PreparationSwitch.FILTERS_OPTIONAL_10
                : PreparationSwitch.FILTERS_OPTIONAL;
    }

    private static List<Finding> risks(WindowsInstallation installation) {
        List<Finding> risks = new ArrayList<>();
        WindowsInstallation.Settings settings = installation.settings();
        installation
                .obstacles()
                .forEach(obstacle -> risks.add(new Finding(
                        Effect.RISK, "state of the disk", obstacle, "Until then, prepare refuses this disk.")));
        if (installation.version().is10OrLater() && !settings.pageFiles().isEmpty()) {
            risks.add(new Finding(
                    Effect.RISK,
                    setting(
                            installation,
                            "Control\\Session Manager\\Memory Management\\PagingFiles",
                            Optional.of(String.join(", ", settings.pageFiles()))),
                    "A page file on an iSCSI disk can end in a bugcheck.",
                    prepare(PreparationSwitch.NO_PAGE_FILE)));
        }
        if (settings.fastStartup()) {
            risks.add(new Finding(
                    Effect.RISK,
                    setting(installation, "Control\\Session Manager\\Power\\HiberbootEnabled", Optional.of("1")),
                    "Shutting down hibernates the kernel, with the network as it was.",
                    prepare(PreparationSwitch.NO_FAST_STARTUP)));
        }
        installation
                .pendingWork()
                .forEach(work -> risks.add(new Finding(
                        Effect.RISK,
                        work,
                        "Windows has set-up work left for its next start.",
                        "Let it finish before the image is used: every clone would do it again.")));
        return risks;
    }

    private static boolean isModel(NetworkCard card, TargetMachine machine) {
        return machine.hardwareIds().stream().anyMatch(card::isModel);
    }

    private static String prepare(PreparationSwitch change) {
        return "sanboot windows prepare, switch " + change.id()
                + (change.isDefault() ? "." : ", which is off unless asked for.");
    }

    private static String setting(WindowsInstallation installation, String path, Optional<String> value) {
        return installation.currentControlSet() + "\\" + path
                + value.map(text -> ": " + text).orElse("");
    }
}
