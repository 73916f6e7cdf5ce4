package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.sanboot.SanbootException;
import org.sanboot.windows.WindowsInstallation.Doubt;
import org.sanboot.windows.WindowsInstallation.Settings;
import org.sanboot.windows.ntfs.NtfsFile;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.registry.Key;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.Structure;

/** Gathers what there is to know about an installation. */
final class InstallationReader {

    static final String SHUT_DOWN =
            "boot this Windows once from a local disk, run \"shutdown /s /f /t 0\", and try again";

    private final InstalledHives hives;
    private final Hive system;
    private final Optional<String> pendingLogs;
    private final ControlSet current;
    private final boolean hibernated;
    private final List<Doubt> doubts = new ArrayList<>();

    private InstallationReader(InstalledHives hives, boolean hibernated) {
        this.hives = hives;
        this.system = hive(hives.system());
        this.pendingLogs = hives.pendingLogs();
        this.current = ControlSet.current(system);
        this.hibernated = hibernated;
    }

    static WindowsInstallation read(InstalledHives hives, boolean hibernated) {
        return new InstallationReader(hives, hibernated).read();
    }

    /** Opens a hive as its logs make it, with a cache for its many small reads. */
    private Hive hive(NtfsFile file) {
        return Hive.open(file.path(), new Draft(hives.logs(file).contents()));
    }

    private WindowsInstallation read() {
        WindowsVersion version = version();
        ControlSet.doubt(system).ifPresent(doubts::add);
        return new WindowsInstallation(
                hives.partition(),
                hives.directory(),
                version,
                ControlSet.all(system).stream().map(ControlSet::name).toList(),
                current.name(),
                current.networkCards(),
                current.service("iScsiPrt"),
                current.service("Psched"),
                settings(),
                obstacles(version),
                pendingWork(),
                doubts);
    }

    private WindowsVersion version() {
        String architecture = current.control("Session Manager", "Environment")
                .flatMap(environment -> environment.string("PROCESSOR_ARCHITECTURE"))
                .orElse("unknown architecture");
        try {
            return hives.software()
                    .flatMap(file -> hive(file).root().find("Microsoft", "Windows NT", "CurrentVersion"))
                    .map(key -> version(key, architecture))
                    .orElseGet(() -> guessed(architecture));
        } catch (SanbootException e) {
            doubts.add(new Doubt(
                    hives.directory() + "\\System32\\config\\SOFTWARE",
                    "The hive that says which Windows it is cannot be read: " + e.getMessage(),
                    "Which Windows it is was guessed from the SYSTEM hive."));
            return guessed(architecture);
        }
    }

    /** Windows 8.1 has the key NetworkSetup2 too, but nothing in it. */
    private WindowsVersion guessed(String architecture) {
        boolean is10 = current.control("NetworkSetup2", "Filters").isPresent();
        return new WindowsVersion("Windows", "", "", is10 ? 10 : 6, 0, 0, 0, architecture);
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
                dword("HiberbootEnabled", "Session Manager", "Power").orElse(0) != 0,
                current.control("Session Manager", "Memory Management")
                        .map(InstallationReader::pageFiles)
                        .orElse(List.of()),
                dword("AutoReboot", "CrashControl").orElse(1) != 0);
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

    private List<String> obstacles(WindowsVersion version) {
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
        if (version.isBeforeVista()) {
            obstacles.add("%s is older than Windows Vista and needs other settings; see sanbootconf."
                    .formatted(version.product()));
        }
        return obstacles;
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
