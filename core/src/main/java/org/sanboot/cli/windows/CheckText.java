package org.sanboot.cli.windows;

import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.sanboot.windows.Examination;
import org.sanboot.windows.NetworkCard;
import org.sanboot.windows.NetworkFilter;
import org.sanboot.windows.WindowsCheck;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsCheck.Verdict;
import org.sanboot.windows.WindowsInstallation;
import org.sanboot.windows.structure.Structure;

/** A check for people. */
final class CheckText {

    private final StringJoiner lines = new StringJoiner(System.lineSeparator());

    private CheckText() {}

    static String of(WindowsCheck check) {
        CheckText text = new CheckText();
        check.installations().forEach(text::add);
        check.bitLockerPartitions()
                .forEach(number -> text.line("Partition %d is encrypted by BitLocker and was not read.", number));
        check.unread().forEach(sentence -> text.line("%s", sentence));
        return text.lines.toString();
    }

    private void add(WindowsCheck.Assessment assessment) {
        WindowsInstallation installation = assessment.installation();
        WindowsInstallation.Settings settings = installation.settings();
        line("%s", installation.version().describe());
        line("  place          partition %d, %s", installation.partition(), installation.directory());
        line(
                "  control sets   %s; %s is judged (%s)",
                String.join(", ", installation.controlSets()),
                installation.currentControlSet(),
                installation.selection());
        line(
                "  NTFS           %s, sectors of %d bytes, clusters of %d",
                settings.fileSystemDirty() ? "dirty" : "clean", settings.sectorSize(), settings.clusterSize());
        line("  SYSTEM hive    %s", settings.hiveClean() ? "clean" : "not clean");
        line(
                "  hibernation    %s, fast startup %s",
                settings.hibernated() ? "a session is on the disk" : "none", settings.fastStartup() ? "on" : "off");
        line("  page file      %s", settings.pageFiles().isEmpty() ? "none" : String.join(", ", settings.pageFiles()));
        line("  on a bugcheck  %s", settings.restartsOnBugcheck() ? "restarts" : "stays");
        installation.iscsiPort().ifPresent(port -> line("  iSCSI disk     %s: %s", port.name(), port.describe()));
        if (installation.networkCards().isEmpty()) {
            line("  network cards  none was ever set up");
        }
        installation.networkCards().forEach(this::add);
        add("  ", assessment.risks());
        examined(installation.examined());
        line("");
        List<MachineVerdict> strangers = assessment.machines().stream()
                .filter(verdict -> isStranger(verdict, installation.networkCards()))
                .toList();
        assessment.machines().stream()
                .filter(verdict -> !strangers.contains(verdict))
                .forEach(this::add);
        if (!strangers.isEmpty()) {
            line(
                    "%s: %s, as no such card was ever set up in this Windows.",
                    strangers.stream().map(verdict -> verdict.machine().name()).collect(Collectors.joining(", ")),
                    strangers.get(0).verdict().text());
            line(
                    "  %s",
                    strangers.get(0).examined().get(0).finding().orElseThrow().remedy());
        }
        assessment.ownCards().forEach(verdict -> {
            line(
                    "%s, a card that none of these has: %s",
                    verdict.machine().name(), verdict.verdict().text());
            add("  ", verdict.findings());
            seen(verdict.examined());
        });
        line("");
    }

    /** Tells the machines apart that have nothing to do with this Windows: one sentence does for all of them. */
    private static boolean isStranger(MachineVerdict verdict, List<NetworkCard> cards) {
        return verdict.card().isEmpty()
                && verdict.verdict() == Verdict.STOPS
                && cards.stream()
                        .noneMatch(
                                card -> verdict.machine().hardwareIds().stream().anyMatch(card::isModel))
                && verdict.machine().location().isEmpty()
                && verdict.examined().size() == 1;
    }

    private void add(NetworkCard card) {
        line("  network card   %s", card.description());
        line(
                "    instance     %s%s",
                card.instance(), card.location().map(place -> ", at " + place).orElse(""));
        line("    driver       %s: %s", card.service().name(), card.service().describe());
        for (NetworkFilter filter : card.filters()) {
            if (filter.runType() == NetworkFilter.RunType.UNKNOWN) {
                line("    filter       %s, which the registry does not describe", filter.id());
                continue;
            }
            line(
                    "    filter       %s (%s) %s; %s",
                    filter.service().name(),
                    filter.component(),
                    filter.runType().name().toLowerCase(Locale.ROOT),
                    filter.service().describe());
        }
    }

    private void add(MachineVerdict verdict) {
        line("%s: %s", verdict.machine().name(), verdict.verdict().text());
        add("  ", verdict.findings());
        seen(verdict.examined());
    }

    /** What is not as it should be stands among the findings, with what to do. */
    private void seen(List<Examination> examined) {
        examined.stream()
                .filter(one -> one.outcome() == Examination.Outcome.SOUND)
                .forEach(one -> line("  seen   %s: %s", one.subject().text(), one.observed()));
    }

    private void examined(List<Examination> examined) {
        line("  examined for every machine");
        for (Examination one : examined) {
            line(
                    "    %-7s %s: %s",
                    one.outcome().name().toLowerCase(Locale.ROOT), one.subject().text(), one.observed());
        }
    }

    private void add(String indent, List<Finding> findings) {
        for (Finding finding : findings) {
            line("%s%-6s %s", indent, finding.effect().name().toLowerCase(Locale.ROOT), finding.explanation());
            line("%s       %s", indent, finding.setting());
            line("%s       %s", indent, finding.remedy());
        }
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    private void line(String format, Object... arguments) {
        lines.add(Structure.printable(format.formatted(arguments)).stripTrailing());
    }
}
