package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.structure.MemoryMedium;

/** Installations that are nothing but a SYSTEM hive: their drivers' files are all there, and their volume is clean. */
final class Installations {

    static final WindowsVersion WINDOWS_7 = version(6, 1, 7601);
    static final WindowsVersion WINDOWS_10 = version(10, 0, 19045);
    static final WindowsVersion WINDOWS_11 = version(10, 0, 26100);

    private Installations() {}

    static WindowsVersion version(int major, int minor, int build) {
        return new WindowsVersion("Windows", "", "", major, minor, build, 0, "AMD64");
    }

    static WindowsInstallation of(WindowsVersion version, byte[] hive) {
        return of(version, hive, (service, image) -> DriverService.File.PRESENT);
    }

    static WindowsInstallation of(WindowsVersion version, byte[] hive, DriverFiles files) {
        BootSelection selection = BootSelection.of(Hive.open("SYSTEM", new MemoryMedium(hive)), version, files);
        ControlSet set = selection.set();
        List<Examination> examined = new ArrayList<>(Stream.of(
                        Subject.FILE_SYSTEM,
                        Subject.VOLUME_LOG,
                        Subject.SYSTEM_HIVE,
                        Subject.HIBERNATION,
                        Subject.BOOT_FILES)
                .map(subject -> Examination.sound(subject, "a test's"))
                .toList());
        examined.addAll(DriverExaminer.examine(set));
        boolean memoryIntegrity = set.control("DeviceGuard", "Scenarios", "HypervisorEnforcedCodeIntegrity")
                .isPresent();
        return new WindowsInstallation(
                1,
                "\\Windows",
                version,
                List.of(set.name()),
                set.name(),
                selection.description(),
                set.networkCards(),
                set.service("iScsiPrt"),
                set.service("Psched"),
                new WindowsInstallation.Settings(
                        512, 4096, false, true, false, false, List.of(), true, memoryIntegrity),
                List.of(),
                List.of(),
                selection.doubts(),
                examined);
    }
}
