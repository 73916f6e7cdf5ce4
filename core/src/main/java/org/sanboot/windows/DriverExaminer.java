package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.DriverService.File;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/** Looks at the drivers that every machine needs. */
final class DriverExaminer {

    /** Found with {@code Start} 0 in Windows 7 and in Windows 10: buses, disks, volumes. */
    private static final List<String> CORE = List.of("pci", "ACPI", "disk", "partmgr", "volmgr", "mountmgr");

    /** The same for the network. */
    private static final List<String> NETWORK = List.of("NDIS", "Tcpip");

    private static final String REPAIR =
            "Boot this Windows once from a local disk; where it does not start, repair it from its installation medium.";

    private final ControlSet set;

    private DriverExaminer(ControlSet set) {
        this.set = set;
    }

    static List<Examination> examine(ControlSet set) {
        DriverExaminer examiner = new DriverExaminer(set);
        List<Examination> examined = new ArrayList<>(examiner.all(Subject.CORE_DRIVERS, CORE));
        examined.addAll(examiner.all(Subject.NETWORK_STACK, NETWORK));
        examined.addAll(examiner.iscsiDisk());
        return examined;
    }

    /** One sentence for all that are as they should be, and one for each that is not. */
    private List<Examination> all(Subject subject, List<String> names) {
        List<Examination> examined = new ArrayList<>();
        List<String> sound = new ArrayList<>();
        for (String name : names) {
            Optional<Examination> fault = fault(subject, name);
            fault.ifPresentOrElse(examined::add, () -> sound.add(name));
        }
        if (!sound.isEmpty()) {
            examined.add(0, Examination.sound(subject, String.join(", ", sound) + ": loaded at boot, files there"));
        }
        return examined;
    }

    private Optional<Examination> fault(Subject subject, String name) {
        Optional<DriverService> service = set.service(name);
        if (service.isEmpty()) {
            return Optional.of(Examination.unknown(
                    subject,
                    set.name() + "\\Services\\" + name + ": absent",
                    "The registry does not have the driver %s, without which no Windows boots.".formatted(name),
                    REPAIR));
        }
        return fault(subject, service.get());
    }

    private Optional<Examination> fault(Subject subject, DriverService service) {
        String setting = "%s\\Services\\%s: %s".formatted(set.name(), service.name(), service.describe());
        if (!service.isBootLoadable()) {
            return Optional.of(Examination.of(
                    subject,
                    new Finding(
                            Effect.STOP,
                            setting,
                            "The driver %s is not loaded at boot.".formatted(service.name()),
                            REPAIR)));
        }
        return service.file() == File.NOT_EXAMINED
                ? Optional.of(Examination.unknown(
                        subject,
                        setting,
                        "Whether the file of the driver %s is there could not be seen.".formatted(service.name()),
                        REPAIR))
                : Optional.empty();
    }

    /** {@code storport} is no service, but what {@code iScsiPrt}'s driver is made on. */
    private List<Examination> iscsiDisk() {
        Optional<DriverService> port = set.service("iScsiPrt");
        if (port.isEmpty() || !port.get().isBootLoadable()) {
            boolean missing =
                    port.filter(service -> service.file() == File.ABSENT).isPresent();
            return List.of(Examination.of(
                    Subject.ISCSI_DISK,
                    new Finding(
                            Effect.STOP,
                            set.name() + "\\Services\\iScsiPrt"
                                    + port.map(service -> ": " + service.describe())
                                            .orElse(""),
                            "The driver of the iSCSI disk is not loaded at boot.",
                            missing ? REPAIR : "Set iScsiPrt's BootFlags to 1, as a fresh installation has it.")));
        }
        Optional<Examination> fault = fault(Subject.ISCSI_DISK, port.get());
        if (fault.isPresent()) {
            return List.of(fault.get());
        }
        if (set.driverFile("storport") == File.ABSENT) {
            return List.of(Examination.of(
                    Subject.ISCSI_DISK,
                    new Finding(
                            Effect.STOP,
                            "System32\\drivers\\storport.sys: missing",
                            "The driver of the iSCSI disk cannot be loaded without storport.sys.",
                            REPAIR)));
        }
        return List.of(Examination.sound(
                Subject.ISCSI_DISK,
                "iScsiPrt: %s, file there; storport.sys".formatted(port.get().describe())));
    }
}
