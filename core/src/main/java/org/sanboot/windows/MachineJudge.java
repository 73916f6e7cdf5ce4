package org.sanboot.windows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsCheck.Verdict;

/** Says what one installation will do on a machine. */
final class MachineJudge {

    private final WindowsInstallation installation;

    MachineJudge(WindowsInstallation installation) {
        this.installation = installation;
    }

    /** Of several cards that the machine's may be, which may have come and gone, the one that serves best is judged. */
    MachineVerdict judge(TargetMachine machine) {
        if (!VersionRule.JUDGED.holdsFor(installation.version())) {
            return new MachineVerdict(machine, Optional.empty(), Verdict.UNKNOWN, List.of(), List.of());
        }
        if (machine.hardwareIds().isEmpty()) {
            return new MachineVerdict(
                    machine, Optional.empty(), Verdict.UNKNOWN, List.of(unknownCard(machine)), List.of());
        }
        return cards(card -> machine.hasModel(card) && machine.hasVariant(card) && machine.hasPlace(card)).stream()
                .map(card -> verdict(
                        machine,
                        Optional.of(card),
                        new CardExaminer(installation, machine, card).examine(),
                        cardRisks(machine, card)))
                .min(Comparator.comparing(MachineJudge::weight))
                .orElseGet(() -> verdict(
                        machine,
                        Optional.empty(),
                        List.of(Examination.of(Subject.NETWORK_CARD, noCard(machine))),
                        List.of()));
    }

    private List<NetworkCard> cards(Predicate<NetworkCard> wanted) {
        return installation.networkCards().stream().filter(wanted).toList();
    }

    private static Finding unknownCard(TargetMachine machine) {
        boolean virtual = machine.location().isPresent();
        return new Finding(
                Effect.RISK,
                "the type %s in the inventory".formatted(machine.name()),
                virtual
                        ? "Its network card is none of QEMU's that Windows is known to have a driver for."
                        : "It does not say which network card its machines have in a way that Windows knows.",
                virtual
                        ? "Take one of these as the type's nic, or the image's: %s."
                                .formatted(TargetMachine.qemu().stream()
                                        .map(TargetMachine::name)
                                        .collect(Collectors.joining(", ")))
                        : "Write the card's PCI id, as 'lspci -nn' prints it, into the type's nic, such as \"Intel I219-LM 8086:15bc\".");
    }

    private MachineVerdict verdict(
            TargetMachine machine, Optional<NetworkCard> card, List<Examination> examined, List<Finding> risks) {
        List<Examination> all = new ArrayList<>(installation.examined());
        all.addAll(examined);
        List<Finding> findings = new ArrayList<>(
                all.stream().flatMap(one -> one.finding().stream()).toList());
        findings.addAll(risks);
        if (card.isPresent()) {
            findings.addAll(notExamined(all));
        }
        findings.sort(Comparator.comparing(Finding::effect).reversed());
        return new MachineVerdict(machine, card, verdict(findings), findings, examined);
    }

    /** What nobody has looked at is no better than what could not be seen. */
    private static List<Finding> notExamined(List<Examination> examined) {
        Set<Subject> missing = EnumSet.allOf(Subject.class);
        examined.forEach(one -> missing.remove(one.subject()));
        return missing.stream()
                .map(subject -> new Finding(
                        Effect.DOUBT,
                        subject.text(),
                        "It was not looked at.",
                        "Boot this Windows once from a local disk, shut it down, and check it again."))
                .toList();
    }

    private static Integer weight(MachineVerdict verdict) {
        return verdict.findings().stream()
                .mapToInt(finding -> switch (finding.effect()) {
                    case STOP -> 1_000_000;
                    case DOUBT -> 10_000;
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
            case DOUBT -> Verdict.UNKNOWN;
            case STALL -> Verdict.STALLS;
            case RISK -> Verdict.BOOTS;
        };
    }

    private Finding noCard(TargetMachine machine) {
        return cards(machine::hasModel).stream()
                .max(Comparator.comparing(machine::hasVariant))
                .map(card -> machine.hasVariant(card) ? inAnotherPlace(machine, card) : ofAnotherMaker(machine, card))
                .orElseGet(() -> new Finding(
                        Effect.STOP,
                        setting("Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}"),
                        "No card %s was ever set up in this Windows, so nothing is bound to it at boot."
                                .formatted(String.join(" or ", machine.hardwareIds())),
                        "Boot this Windows once from a local disk in a machine with that card in its slot."));
    }

    private static Finding inAnotherPlace(TargetMachine machine, NetworkCard card) {
        return new Finding(
                Effect.STOP,
                card.key() + " = " + card.instance(),
                "The card was set up at %s, and the machine has it at %s: to Windows that is another card."
                        .formatted(
                                card.location().orElse("?"), machine.location().orElse("?")),
                "Give the machine type the slot that the image has, or set Windows up in this slot.");
    }

    private static Finding ofAnotherMaker(TargetMachine machine, NetworkCard card) {
        return new Finding(
                Effect.STOP,
                card.key() + " = " + card.instance(),
                "The card is of the same model, but the machine's is %s: with another subsystem or revision it is another card to Windows."
                        .formatted(String.join(" or ", machine.deviceIds())),
                "Boot this Windows once from a local disk in a machine with that card in its slot.");
    }

    private static List<Finding> cardRisks(TargetMachine machine, NetworkCard card) {
        List<Finding> findings = new ArrayList<>();
        if (machine.serialNumber() || card.isKnownBySerialNumber()) {
            findings.add(
                    new Finding(
                            Effect.RISK,
                            card.key() + " = " + card.instance(),
                            "The card has a serial number made of its MAC address, so Windows takes the same model with another MAC for a new card.",
                            "Give every machine of this image the same MAC address, as sanboot does in QEMU, or use e1000 or virtio-net-pci."));
        }
        if (machine.deviceIds().isEmpty()) {
            findings.add(new Finding(
                    Effect.RISK,
                    card.key() + " = " + card.instance(),
                    "Only the card's model was compared: with another subsystem, revision or slot it is another card to Windows.",
                    "Set Windows up on a machine of this very type."));
        }
        return findings;
    }

    private String setting(String path) {
        return installation.currentControlSet() + "\\" + path;
    }
}
