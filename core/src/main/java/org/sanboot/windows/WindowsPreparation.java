package org.sanboot.windows;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.LogReplay;
import org.sanboot.windows.structure.Draft;

/**
 * Changes the settings of a disk's installations, so that they boot from iSCSI on any machine of a known type.
 *
 * <p>Everything is worked out in memory first; {@link #apply()} then overwrites bytes within the SYSTEM hives' files and
 * nothing else of the disk. The disk is to be a clone: whoever owns it keeps it when this returns, and discards it when it does
 * not, so that what exists is the old version or the new one.
 */
public final class WindowsPreparation {

    private final WindowsDisk disk;
    private final Set<PreparationSwitch> switches;
    private final List<Draft> drafts;
    private final List<PlannedChange> changes;

    private WindowsPreparation(
            WindowsDisk disk, Set<PreparationSwitch> switches, List<Draft> drafts, List<PlannedChange> changes) {
        this.disk = disk;
        this.switches = switches;
        this.drafts = drafts;
        this.changes = List.copyOf(changes);
    }

    /**
     * Works out what is to be changed in every control set of every installation; writes nothing.
     *
     * @param disk what is installed
     * @param switches what to change
     * @return the plan
     * @throws ConfigurationException when the disk must not be changed as it is; says all the reasons
     */
    public static WindowsPreparation plan(WindowsDisk disk, Set<PreparationSwitch> switches) {
        Set<String> obstacles = new LinkedHashSet<>();
        for (int i = 0; i < disk.hives().size(); i++) {
            List<String> own = new ArrayList<>(disk.installations().get(i).obstacles());
            if (replays(disk.hives().get(i), switches)) {
                disk.hives().get(i).pendingLogs().ifPresent(own::remove);
            }
            obstacles.addAll(own);
        }
        if (!obstacles.isEmpty()) {
            throw new ConfigurationException(String.join(" ", obstacles));
        }
        List<Draft> drafts = new ArrayList<>();
        List<PlannedChange> changes = new ArrayList<>();
        for (int i = 0; i < disk.hives().size(); i++) {
            InstalledHives hives = disk.hives().get(i);
            Draft draft = new Draft(hives.systemInPlace());
            if (replays(hives, switches)) {
                changes.add(replay(hives, draft));
            }
            Hive hive = Hive.open(hives.system().path(), draft);
            changes.addAll(new ChangePlanner(disk.installations().get(i), hive, switches).plan());
            drafts.add(draft);
        }
        return new WindowsPreparation(disk, EnumSet.copyOf(switches), drafts, changes);
    }

    private static boolean replays(InstalledHives hives, Set<PreparationSwitch> switches) {
        return switches.contains(PreparationSwitch.REPLAY_LOGS)
                && hives.logs(hives.system()).outcome() == LogReplay.Outcome.WHOLE;
    }

    /** Comes before all other writes: only a hive that is whole may be changed. */
    private static PlannedChange replay(InstalledHives hives, Draft draft) {
        LogReplay logs = hives.logs(hives.system());
        String file = hives.system().path();
        if (logs.size() > hives.system().sizeInPlace()) {
            throw new ConfigurationException(
                    "With its logs, %s in partition %d has %d bytes, and its file has room for %d only; %s."
                            .formatted(
                                    file,
                                    hives.partition(),
                                    logs.size(),
                                    hives.system().sizeInPlace(),
                                    InstallationReader.SHUT_DOWN));
        }
        logs.writeTo(draft);
        return new PlannedChange(
                PreparationSwitch.REPLAY_LOGS,
                hives.partition(),
                hives.directory(),
                file,
                "not closed properly",
                "with " + logs.applied(),
                PlannedChange.Kind.OVERWRITE);
    }

    /**
     * Returns what is or was to be changed, and what is as it should be.
     *
     * @return every value that a switch is about
     */
    public List<PlannedChange> changes() {
        return changes;
    }

    /**
     * Returns what of the disk could not be read, and so is not prepared.
     *
     * @return a sentence for each
     */
    public List<String> unread() {
        return disk.unread();
    }

    /**
     * Tells whether there is nothing to do.
     *
     * @return true when every value is as it should be
     */
    public boolean isDone() {
        return changes.stream().allMatch(change -> change.kind() == PlannedChange.Kind.NONE);
    }

    /**
     * Tells whether another disk is what this one will be.
     *
     * @param other of the same installations, such as a version that was made of this disk before
     * @return true when its SYSTEM hives hold these changes and no others
     */
    public boolean isHeldBy(WindowsDisk other) {
        boolean held = drafts.size() == other.hives().size();
        for (int i = 0; held && i < drafts.size(); i++) {
            InstalledHives mine = disk.hives().get(i);
            InstalledHives theirs = other.hives().get(i);
            held = mine.partition() == theirs.partition()
                    && mine.directory().equals(theirs.directory())
                    && drafts.get(i).hasContentsOf(theirs.systemInPlace());
        }
        return held;
    }

    /**
     * Writes the changes, makes them durable, and reads them back.
     *
     * @throws ConfigurationException when the disk takes no writes
     * @throws InfrastructureException when it cannot be written, or reads back otherwise
     */
    public void apply() {
        if (isDone()) {
            return;
        }
        if (disk.device().isReadOnly()) {
            throw new ConfigurationException("The disk takes no writes; prepare a clone of the image.");
        }
        drafts.forEach(Draft::apply);
        disk.device().flush();
        WindowsPreparation after = plan(WindowsDisk.open(disk.device()), switches);
        if (!after.isDone()) {
            throw new InfrastructureException("The disk reads back otherwise than it was written: "
                    + after.changes().stream()
                            .filter(change -> change.kind() != PlannedChange.Kind.NONE)
                            .map(PlannedChange::describe)
                            .collect(Collectors.joining(", ")));
        }
    }
}
