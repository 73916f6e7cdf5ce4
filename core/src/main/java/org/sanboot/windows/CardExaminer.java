package org.sanboot.windows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.windows.DriverService.File;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;

/** Looks at one card of an installation, and at what is between it and the disk, as the boot card of a machine. */
final class CardExaminer {

    /**
     * Windows 11's memory integrity calls the driver E1G6032E.sys of the E1G60 service incompatible (VirtualBox issue
     * 210).
     */
    private static final String E1G60 = "E1G60";

    private final WindowsInstallation installation;
    private final TargetMachine machine;
    private final NetworkCard card;
    private final List<Examination> examined = new ArrayList<>();

    CardExaminer(WindowsInstallation installation, TargetMachine machine, NetworkCard card) {
        this.installation = installation;
        this.machine = machine;
        this.card = card;
    }

    List<Examination> examine() {
        examined.add(Examination.sound(
                Subject.NETWORK_CARD,
                "%s was set up%s"
                        .formatted(
                                card.instance(),
                                card.location().map(place -> ", at " + place).orElse(""))));
        state();
        busDriver();
        driver();
        filters();
        memoryIntegrity();
        return examined;
    }

    private void state() {
        String place = setting("Enum\\" + card.instance());
        switch (card.state()) {
            case ENABLED -> examined.add(Examination.sound(Subject.CARD_ENABLED, "enabled"));
            case DISABLED ->
                add(
                        Subject.CARD_ENABLED,
                        Effect.STOP,
                        place + "\\ConfigFlags: disabled",
                        "The network card is disabled, so there is no way to the disk.",
                        "Enable it in the running Windows' device manager, in a machine with this card, and shut down.");
            case NOT_FOUND ->
                examined.add(Examination.unknown(
                        Subject.CARD_ENABLED,
                        place + ": absent",
                        "The card was set up, but the device tree does not have it, so that nobody can tell whether it is enabled.",
                        "Boot this Windows once from a local disk in a machine with that card in its slot."));
        }
    }

    /** A card on VMBus or Xen's bus, or one that a vendor's driver makes out of a PCI device, needs that driver first. */
    private void busDriver() {
        if (card.busDriver().equalsIgnoreCase("PCI")) { // One of those that every machine needs.
            return;
        }
        Optional<DriverService> bus = card.parent();
        if (bus.isEmpty()) {
            examined.add(Examination.unknown(
                    Subject.CARD_DRIVER,
                    setting("Services\\" + card.busDriver() + ": absent"),
                    "The bus driver that finds the card goes by another name than its bus, so that nobody can tell whether it is loaded at boot.",
                    "Boot this Windows once over iSCSI; nothing else tells."));
        } else if (!bus.get().isBootLoadable()) {
            add(
                    Subject.CARD_DRIVER,
                    Effect.STOP,
                    setting("Services\\%s: %s"
                            .formatted(bus.get().name(), bus.get().describe())),
                    "The bus driver that finds the network card is not loaded at boot, so there is no way to the disk.",
                    "Install that driver again in the running Windows, with its support of iSCSI boot.");
        } else {
            examined.add(Examination.sound(
                    Subject.CARD_DRIVER,
                    "bus driver %s: %s".formatted(bus.get().name(), bus.get().describe())));
        }
    }

    private void driver() {
        DriverService service = card.service();
        String setting = setting("Services\\%s: %s".formatted(service.name(), service.describe()));
        if (!service.isBootLoadable()) {
            add(
                    Subject.CARD_DRIVER,
                    Effect.STOP,
                    setting,
                    "The network card's driver is not loaded at boot, so there is no way to the disk.",
                    service.isNotToBeLoaded()
                            ? "The driver is disabled or missing, and prepare leaves that so; install or enable it in the running Windows, in a machine with this card."
                            : PreparationSwitch.NIC_BOOT_START.remedy());
        } else if (service.file() == File.NOT_EXAMINED) {
            examined.add(
                    Examination.unknown(
                            Subject.CARD_DRIVER,
                            setting,
                            "Whether the file of the network card's driver is there could not be seen.",
                            "Boot this Windows once from a local disk in a machine with this card, shut down, and check again."));
        } else {
            examined.add(Examination.sound(
                    Subject.CARD_DRIVER, "%s: %s, file there".formatted(service.name(), service.describe())));
        }
    }

    private void filters() {
        FilterJudge judge = new FilterJudge(installation.currentControlSet());
        List<String> sound = new ArrayList<>();
        for (NetworkFilter filter : card.filters()) {
            judge.judge(filter)
                    .ifPresentOrElse(
                            finding -> examined.add(Examination.of(Subject.FILTERS, finding)),
                            () -> sound.add(filter.component()));
        }
        if (card.filters().isEmpty()) {
            examined.add(Examination.sound(Subject.FILTERS, "none is bound to the card"));
        } else if (!sound.isEmpty()) {
            examined.add(Examination.sound(
                    Subject.FILTERS, String.join(", ", sound) + ": loaded at boot, or not waited for"));
        }
    }

    private void memoryIntegrity() {
        String setting = setting("Control\\DeviceGuard\\Scenarios\\HypervisorEnforcedCodeIntegrity\\Enabled: "
                + (installation.settings().memoryIntegrity() ? "1" : "0 or absent"));
        if (!installation.settings().memoryIntegrity()) {
            examined.add(Examination.sound(Subject.MEMORY_INTEGRITY, "off"));
        } else if (card.service().name().equalsIgnoreCase(E1G60)) {
            examined.add(Examination.unknown(
                    Subject.MEMORY_INTEGRITY,
                    setting,
                    "Memory integrity is on, and Windows calls the driver of this card (E1G6032E.sys) incompatible with it.",
                    "Turn memory integrity off in the running Windows, or give %s another card, such as virtio-net-pci."
                            .formatted(machine.name())));
        } else {
            examined.add(Examination.sound(
                    Subject.MEMORY_INTEGRITY,
                    "on; no incompatibility of %s is known"
                            .formatted(card.service().name())));
        }
    }

    private void add(Subject subject, Effect effect, String setting, String explanation, String remedy) {
        examined.add(Examination.of(subject, new Finding(effect, setting, explanation, remedy)));
    }

    private String setting(String path) {
        return installation.currentControlSet() + "\\" + path;
    }
}
