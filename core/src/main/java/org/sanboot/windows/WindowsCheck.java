package org.sanboot.windows;

import java.util.List;
import java.util.Optional;

/**
 * Whether the installations of a disk will boot from iSCSI, machine type by machine type.
 *
 * <p>No Windows runs here: a verdict follows from the settings and files, by the rules that its findings state. That it
 * boots is only said when everything of {@link Examination.Subject} was seen to be as it should be.
 *
 * @param installations one for each installation, in the order of the partitions
 * @param bitLockerPartitions partitions that are encrypted
 * @param unread a sentence for each partition or installation that could not be read
 */
public record WindowsCheck(List<Assessment> installations, List<Integer> bitLockerPartitions, List<String> unread) {

    /** Makes the lists immutable. */
    public WindowsCheck {
        installations = List.copyOf(installations);
        bitLockerPartitions = List.copyOf(bitLockerPartitions);
        unread = List.copyOf(unread);
    }

    /** What will happen. */
    public enum Verdict {
        /** Windows finds its disk. */
        BOOTS("boots"),
        /** Windows finds its disk after waiting for a filter that does not come. */
        STALLS("boots with a stall of up to 90 s"),
        /** Windows loses its disk: STOP 0x7B, INACCESSIBLE_BOOT_DEVICE. */
        STOPS("will stop with 0x7B"),
        /** No rule is known for this Windows, or something that it needs could not be seen to be there. */
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
        /** Nobody can tell from outside. */
        DOUBT,
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
     * @param examined what was looked at for this machine, beside what is the same for every machine
     */
    public record MachineVerdict(
            TargetMachine machine,
            Optional<NetworkCard> card,
            Verdict verdict,
            List<Finding> findings,
            List<Examination> examined) {

        /** Makes the list immutable. */
        public MachineVerdict {
            findings = List.copyOf(findings);
            examined = List.copyOf(examined);
        }
    }

    /**
     * The verdicts for one installation.
     *
     * @param installation what was found
     * @param risks findings that hold for every machine and do not decide whether it boots
     * @param machines one verdict for each machine type
     * @param ownCards one verdict for each card of the installation that none of the machine types has, on a machine
     *     that has it
     */
    public record Assessment(
            WindowsInstallation installation,
            List<Finding> risks,
            List<MachineVerdict> machines,
            List<MachineVerdict> ownCards) {

        /** Makes the lists immutable. */
        public Assessment {
            risks = List.copyOf(risks);
            machines = List.copyOf(machines);
            ownCards = List.copyOf(ownCards);
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
        return of(disk.installations(), disk.bitLockerPartitions(), disk.unread(), machines);
    }

    static WindowsCheck of(
            List<WindowsInstallation> installations,
            List<Integer> bitLockerPartitions,
            List<String> unread,
            List<TargetMachine> machines) {
        return new WindowsCheck(
                installations.stream()
                        .map(installation -> assess(installation, machines))
                        .toList(),
                bitLockerPartitions,
                unread);
    }

    /**
     * Tells whether it boots anywhere.
     *
     * @return true when at least one installation boots on at least one of the machine types that were asked for, with
     *     or without a stall
     */
    public boolean bootsSomewhere() {
        return installations.stream()
                .flatMap(assessment -> assessment.machines().stream())
                .anyMatch(machine -> machine.verdict() == Verdict.BOOTS || machine.verdict() == Verdict.STALLS);
    }

    /**
     * Tells whether it is worth trying.
     *
     * @return true when there is a machine type that was asked for, and an installation, of which nothing is known that stops
     *     the boot
     */
    public boolean mayBootSomewhere() {
        return installations.stream()
                .flatMap(assessment -> assessment.machines().stream())
                .anyMatch(machine -> machine.verdict() != Verdict.STOPS);
    }

    /**
     * Leaves only the machine types that were asked for.
     *
     * @return the same without the verdicts about the installations' own cards
     */
    public WindowsCheck withoutOwnCards() {
        return new WindowsCheck(
                installations.stream()
                        .map(one -> new Assessment(one.installation(), one.risks(), one.machines(), List.of()))
                        .toList(),
                bitLockerPartitions,
                unread);
    }

    private static Assessment assess(WindowsInstallation installation, List<TargetMachine> machines) {
        MachineJudge judge = new MachineJudge(installation);
        return new Assessment(
                installation,
                InstallationRisks.of(installation),
                machines.stream().map(judge::judge).toList(),
                installation.networkCards().stream()
                        .filter(card -> machines.stream()
                                .noneMatch(machine -> machine.hasModel(card) && machine.hasVariant(card)))
                        .map(TargetMachine::of)
                        .map(judge::judge)
                        .toList());
    }
}
