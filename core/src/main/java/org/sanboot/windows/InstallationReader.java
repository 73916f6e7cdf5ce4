package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.SanbootException;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsInstallation.Doubt;
import org.sanboot.windows.WindowsInstallation.Settings;
import org.sanboot.windows.ntfs.LogState;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.ntfs.NtfsVolume;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.Key;
import org.sanboot.windows.registry.LogReplay;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.Structure;

/** Gathers what there is to know about an installation. */
final class InstallationReader {

    static final String SHUT_DOWN =
            "boot this Windows once from a local disk, run \"shutdown /s /f /t 0\", and try again";

    private static final WindowsVersion UNKNOWN = new WindowsVersion("Windows", "", "", 10, 0, 0, 0, "");

    private final InstalledHives hives;
    private final Hive system;
    private final Optional<String> pendingLogs;
    private final BootSelection selection;
    private final ControlSet current;
    private final WindowsVersion version;
    private final boolean hibernated;
    private final BootFiles bootFiles;
    private final List<Doubt> doubts = new ArrayList<>();

    private InstallationReader(InstalledHives hives, boolean hibernated, BootFiles bootFiles) {
        this.hives = hives;
        this.system = hive(hives.system());
        this.pendingLogs = hives.pendingLogs();
        this.version = version(
                BootSelection.of(system, UNKNOWN, DriverFiles.NOT_EXAMINED).set());
        this.selection = BootSelection.of(system, version, DriverFiles.on(hives.volume(), hives.directory()));
        this.current = selection.set();
        this.hibernated = hibernated;
        this.bootFiles = bootFiles;
    }

    static WindowsInstallation read(InstalledHives hives, boolean hibernated, BootFiles bootFiles) {
        return new InstallationReader(hives, hibernated, bootFiles).read();
    }

    /** Opens a hive as its logs make it, with a cache for its many small reads. */
    private Hive hive(NtfsFile file) {
        return Hive.open(file.path(), new Draft(hives.logs(file).contents()));
    }

    private WindowsInstallation read() {
        doubts.addAll(selection.doubts());
        return new WindowsInstallation(
                hives.partition(),
                hives.directory(),
                version,
                ControlSet.all(system, version, DriverFiles.NOT_EXAMINED).stream()
                        .map(ControlSet::name)
                        .toList(),
                current.name(),
                selection.description(),
                current.networkCards(),
                current.service("iScsiPrt"),
                current.service("Psched"),
                settings(),
                obstacles(),
                pendingWork(),
                doubts,
                examined());
    }

    private WindowsVersion version(ControlSet set) {
        String architecture = set.control("Session Manager", "Environment")
                .flatMap(environment -> environment.string("PROCESSOR_ARCHITECTURE"))
                .orElse("unknown architecture");
        try {
            return hives.software()
                    .flatMap(file -> hive(file).root().find("Microsoft", "Windows NT", "CurrentVersion"))
                    .map(key -> version(key, architecture))
                    .orElseGet(() -> guessed(set, architecture));
        } catch (SanbootException e) {
            doubts.add(new Doubt(
                    hives.directory() + "\\System32\\config\\SOFTWARE",
                    "The hive that says which Windows it is cannot be read: " + e.getMessage(),
                    "Which Windows it is was guessed from the SYSTEM hive."));
            return guessed(set, architecture);
        }
    }

    /** Windows 8.1 has the key NetworkSetup2 too, but nothing in it. */
    private static WindowsVersion guessed(ControlSet set, String architecture) {
        boolean is8 = set.serviceKey("WfpLwfs").isPresent();
        boolean is10 = set.control("NetworkSetup2", "Filters").isPresent();
        return new WindowsVersion("Windows", "", "", is10 ? 10 : 6, is10 ? 0 : is8 ? 3 : 1, 0, 0, architecture);
    }

    private static WindowsVersion version(Key key, String architecture) {
        String[] numbers = key.string("CurrentVersion").orElse("6.1").split("\\.", 2);
        return new WindowsVersion(
                Structure.printable(key.string("ProductName").orElse("Windows")),
                Structure.printable(key.string("EditionID").orElse("")),
                Structure.printable(key.string("DisplayVersion")
                        .or(() -> key.string("ReleaseId"))
                        .orElse("")),
                // Windows 10 and later say 6.3 where programs of old look.
                (int) key.dword("CurrentMajorVersionNumber").orElse(number(numbers[0])),
                (int) key.dword("CurrentMinorVersionNumber").orElse(numbers.length > 1 ? number(numbers[1]) : 0),
                number(key.string("CurrentBuildNumber").orElse("0")),
                (int) key.dword("UBR").orElse(0),
                architecture);
    }

    private static int number(String text) {
        return text.matches("\\d{1,6}") ? Integer.parseInt(text) : 0;
    }

    private Settings settings() {
        return new Settings(
                hives.volume().sectorSize(),
                hives.volume().clusterSize(),
                hives.volume().isDirty(),
                pendingLogs.isEmpty(),
                hibernated,
                fastStartup(),
                current.control("Session Manager", "Memory Management")
                        .map(InstallationReader::pageFiles)
                        .orElse(List.of()),
                dword("AutoReboot", "CrashControl").orElse(1) != 0,
                memoryIntegrity());
    }

    private boolean memoryIntegrity() {
        return VersionRule.MEMORY_INTEGRITY.holdsFor(version)
                && dword("Enabled", "DeviceGuard", "Scenarios", "HypervisorEnforcedCodeIntegrity")
                                .orElse(0)
                        != 0;
    }

    /** Without hibernation there is none, whatever its own switch says, as after {@code powercfg /h off}. */
    private boolean fastStartup() {
        return VersionRule.FAST_STARTUP.holdsFor(version)
                && dword("HiberbootEnabled", "Session Manager", "Power").orElse(0) != 0
                && dword("HibernateEnabled", "Power").orElse(1) != 0;
    }

    /** A list, but for one that somebody has written by hand. */
    private static List<String> pageFiles(Key key) {
        List<String> files = key.strings("PagingFiles");
        return files.isEmpty()
                ? key.string("PagingFiles").filter(text -> !text.isBlank()).stream()
                        .toList()
                : files;
    }

    private OptionalLong dword(String value, String... path) {
        return current.control(path).map(key -> key.dword(value)).orElse(OptionalLong.empty());
    }

    private List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        String file = "%s in partition %d".formatted(hives.system().path(), hives.partition());
        if (hibernated) {
            obstacles.add("A hibernated session is on the disk (hiberfil.sys begins with HIBR); " + SHUT_DOWN + ".");
        }
        if (hives.volume().isDirty()) {
            obstacles.add(
                    "The NTFS volume in partition %d is marked as dirty; boot this Windows once from a local disk, run \"chkdsk /f\", shut it down, and try again."
                            .formatted(hives.partition()));
        }
        switch (hives.volume().logState()) {
            case CLEAN -> {}
            case UNCLEAN ->
                obstacles.add(
                        "The NTFS volume in partition %d was not dismounted: its $LogFile has changes that Windows will still make; %s."
                                .formatted(hives.partition(), SHUT_DOWN));
            case UNREADABLE ->
                obstacles.add(
                        "The $LogFile of the NTFS volume in partition %d cannot be read, so that nobody can tell whether the volume was dismounted; %s."
                                .formatted(hives.partition(), SHUT_DOWN));
        }
        pendingLogs.ifPresent(obstacles::add);
        if (hives.system().isSparse() || hives.system().isResident()) {
            obstacles.add(
                    "%s is sparse or held in the file table and cannot be changed in place; replace it by a copy of itself from Windows' recovery console (in its directory: copy SYSTEM SYSTEM.new, then move /y SYSTEM.new SYSTEM), shut down, and try again."
                            .formatted(file));
        }
        if (!VersionRule.JUDGED.holdsFor(version)) {
            obstacles.add("%s is older than Windows Vista and needs other settings; see sanbootconf."
                    .formatted(version.product()));
        }
        return obstacles;
    }

    private List<Examination> examined() {
        NtfsVolume volume = hives.volume();
        List<Examination> examined = new ArrayList<>();
        examined.add(state(
                Subject.FILE_SYSTEM,
                !volume.isDirty(),
                volume.isDirty() ? "marked for chkdsk" : "not marked for chkdsk",
                "What chkdsk will change at the next start cannot be seen."));
        LogState log = volume.logState();
        examined.add(state(
                Subject.VOLUME_LOG,
                log == LogState.CLEAN,
                "$LogFile " + log.name().toLowerCase(Locale.ROOT),
                "What Windows will write from the log at its next start cannot be seen."));
        examined.add(state(
                Subject.SYSTEM_HIVE,
                hives.logs(hives.system()).outcome() != LogReplay.Outcome.USELESS,
                hiveState(),
                "What is newer in the hive's logs could not be read, and may be otherwise."));
        examined.add(state(
                Subject.HIBERNATION,
                !hibernated,
                hibernated ? "a session is on the disk" : "no session is on the disk",
                "The session that sleeps on the disk wakes up instead of a boot, on whatever disk it had."));
        examined.add(bootFiles.examine(volume, hives.directory()));
        examined.addAll(DriverExaminer.examine(current));
        return examined;
    }

    /** What its logs hold is what Windows will find, and what was judged. */
    private String hiveState() {
        return switch (hives.logs(hives.system()).outcome()) {
            case NOT_NEEDED -> "clean";
            case WHOLE -> "read with its logs";
            case USELESS -> "its logs are missing or damaged";
        };
    }

    private static Examination state(Subject subject, boolean sound, String observed, String explanation) {
        Finding finding = new Finding(
                Effect.DOUBT, subject.text() + ": " + observed, explanation, "Do this first: " + SHUT_DOWN + ".");
        return new Examination(subject, observed, sound ? Optional.empty() : Optional.of(finding));
    }

    private List<String> pendingWork() {
        List<String> work = new ArrayList<>();
        Optional<Key> setup = system.root().find("Setup");
        for (String value : List.of("SystemSetupInProgress", "OOBEInProgress", "SetupType")) {
            setup.map(key -> key.dword(value)).orElse(OptionalLong.empty()).ifPresent(number -> {
                if (number != 0) {
                    work.add("Setup\\%s = %d".formatted(value, number));
                }
            });
        }
        current.control("Session Manager")
                .map(key -> key.strings("SetupExecute"))
                .orElse(List.of())
                .forEach(command -> work.add("Session Manager\\SetupExecute: " + command));
        return work;
    }
}
