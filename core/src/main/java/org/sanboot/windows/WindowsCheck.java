package org.sanboot.windows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

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
     * @param card the card of the installation that it was judged by; nothing when none is the machine's
     * @param verdict what will happen
     * @param findings why, the worst first
     */
    public record MachineVerdict(
            TargetMachine machine, Optional<NetworkCard> card, Verdict verdict, List<Finding> findings) {

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

    /** Of several cards of one model, which may have come and gone, the one that serves best is judged. */
    private static MachineVerdict judge(WindowsInstallation installation, TargetMachine machine) {
        if (installation.version().isBeforeVista()) {
            return new MachineVerdict(machine, Optional.empty(), Verdict.UNKNOWN, List.of());
        }
        if (machine.hardwareIds().isEmpty()) {
            return new MachineVerdict(machine, Optional.empty(), Verdict.UNKNOWN, List.of(unknownCard(machine)));
        }
        return installation.networkCards().stream()
                .filter(card -> isModel(card, machine) && isInPlace(card, machine))
                .map(card -> verdict(
                        machine,
                        Optional.of(card),
                        commonFindings(installation),
                        cardFindings(installation, machine, card)))
                .min(Comparator.comparing(WindowsCheck::weight))
                .orElseGet(() -> verdict(
                        machine,
                        Optional.empty(),
                        commonFindings(installation),
                        List.of(noCard(installation, machine))));
    }

    private static Finding unknownCard(TargetMachine machine) {
        return new Finding(
                Effect.RISK,
                "the type %s in the inventory".formatted(machine.name()),
                "It does not say which network card its machines have in a way that Windows knows.",
                "Write the card's PCI id, as 'lspci -nn' prints it, into the type's nic, such as \"Intel I219-LM 8086:15bc\".");
    }

    private static boolean isInPlace(NetworkCard card, TargetMachine machine) {
        return machine.location().isEmpty()
                || card.location().isEmpty()
                || card.location().equals(machine.location());
    }

    private static MachineVerdict verdict(
            TargetMachine machine, Optional<NetworkCard> card, List<Finding> common, List<Finding> own) {
        List<Finding> findings = new ArrayList<>(common);
        findings.addAll(own);
        findings.sort(Comparator.comparing(Finding::effect).reversed());
        return new MachineVerdict(machine, card, verdict(findings), findings);
    }

    private static Integer weight(MachineVerdict verdict) {
        return verdict.findings().stream()
                .mapToInt(finding -> switch (finding.effect()) {
                    case STOP -> 10_000;
                    case STALL -> 100;
                    case RISK -> 1;
                })
                .sum();
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

    private static Finding noCard(WindowsInstallation installation, TargetMachine machine) {
        return installation.networkCards().stream()
                .filter(card -> isModel(card, machine))
                .findFirst()
                .map(card -> new Finding(
                        Effect.STOP,
                        card.key() + " = " + card.instance(),
                        "The card was set up at %s, and the machine has it at %s: to Windows that is another card."
                                .formatted(
                                        card.location().orElse("?"),
                                        machine.location().orElse("?")),
                        "Give the machine type the slot that the image has, or set Windows up in this slot."))
                .orElseGet(() -> new Finding(
                        Effect.STOP,
                        setting(
                                installation,
                                "Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}",
                                Optional.empty()),
                        "No card %s was ever set up in this Windows, so nothing is bound to it at boot."
                                .formatted(String.join(" or ", machine.hardwareIds())),
                        "Boot this Windows once from a local disk in a machine with that card in its slot."));
    }

    private static List<Finding> cardFindings(
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
            findings.add(
                    new Finding(
                            Effect.RISK,
                            card.key() + " = " + card.instance(),
                            "The card has a serial number made of its MAC address, so Windows takes the same model with another MAC for a new card.",
                            "Give every machine of this image the same MAC address, as sanboot does in QEMU, or use e1000 or virtio-net-pci."));
        }
        return findings;
    }

    private static Optional<Finding> finding(WindowsInstallation installation, NetworkFilter filter) {
        DriverService service = filter.service();
        String start = setting(installation, "Services\\" + service.name(), Optional.of(service.describe()));
        if (filter.preventsBoot()) {
            return Optional.of(new Finding(
                    Effect.STOP,
                    "%s: mandatory; %s".formatted(filter.runTypeSetting(), start),
                    "The filter %s is mandatory but not loaded at boot, so the network never comes up."
                            .formatted(filter.component()),
                    prepare(
                            filter.runTypeSetting().endsWith("\\Optional")
                                    ? PreparationSwitch.FILTERS_OPTIONAL_10
                                    : PreparationSwitch.FILTERS_OPTIONAL)));
        }
        if (filter.stallsBoot()) {
            return Optional.of(new Finding(
                    Effect.STALL,
                    start,
                    "NDIS waits up to 90 s for the optional filter %s, which is not loaded at boot."
                            .formatted(filter.component()),
                    prepare(
                            service.name().equalsIgnoreCase("Psched")
                                    ? PreparationSwitch.PSCHED_BOOT_START
                                    : PreparationSwitch.FILTERS_BOOT_START)));
        }
        return Optional.empty();
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
