package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.windows.DriverService.File;
import org.sanboot.windows.Examination.Outcome;
import org.sanboot.windows.Examination.Subject;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsCheck.Verdict;

/** A Windows boots when everything that it needs was seen, and nothing less. */
class EvidenceTest {

    private static final String SERVICES = "ControlSet001\\Services\\";
    private static final String CARD =
            "ControlSet001\\Enum\\PCI\\VEN_8086&DEV_100E&SUBSYS_11001AF4&REV_03\\3&11583659&0&20";
    private static final String CLASS_7 = "ControlSet001\\Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\0007";

    /** Nothing is in the way of this Windows 7. */
    private static final String READY = """
            [ControlSet001\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Ndi]
            "FilterRunType"=dword:00000002
            "NdisBootStart"=dword:00000000
            [ControlSet001\\Services\\Psched]
            "Start"=dword:00000000
            """;

    @Test
    void a_windows_that_boots_was_looked_at_from_every_side() {
        WindowsInstallation installation = installation("");

        MachineVerdict verdict = judge(installation);

        List<Examination> examined = new ArrayList<>(installation.examined());
        examined.addAll(verdict.examined());
        assertThat(verdict.verdict()).isEqualTo(Verdict.BOOTS);
        assertThat(examined).extracting(Examination::outcome).containsOnly(Outcome.SOUND);
        assertThat(examined.stream().map(Examination::subject).collect(Collectors.toSet()))
                .isEqualTo(Set.of(Subject.values()));
    }

    @ParameterizedTest
    @EnumSource(
            value = Subject.class,
            names = {
                "FILE_SYSTEM",
                "VOLUME_LOG",
                "SYSTEM_HIVE",
                "HIBERNATION",
                "BOOT_FILES",
                "CORE_DRIVERS",
                "NETWORK_STACK",
                "ISCSI_DISK"
            })
    void what_nobody_has_looked_at_is_a_doubt(Subject subject) {
        WindowsInstallation seen = installation("");
        WindowsInstallation unseen = with(
                seen,
                seen.examined().stream().filter(one -> one.subject() != subject).toList());

        MachineVerdict verdict = judge(unseen);

        assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.effect()).isEqualTo(Effect.DOUBT);
            assertThat(finding.setting()).isEqualTo(subject.text());
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"E1G60", "iScsiPrt", "Psched"})
    void a_disabled_driver_is_not_loaded_whatever_its_boot_flags(String service) {
        MachineVerdict verdict = judge(
                installation("[" + SERVICES + service + "]\n\"Start\"=dword:00000004\n\"BootFlags\"=dword:00000001"));

        assertThat(verdict.verdict()).isEqualTo(service.equals("Psched") ? Verdict.STALLS : Verdict.STOPS);
        assertThat(verdict.findings().get(0).setting()).contains("Start 4, BootFlags 1, disabled");
    }

    @Test
    void a_start_override_disables_from_windows_8_on_and_means_nothing_before() {
        byte[] hive = WindowsImage.hive(
                "windows7.reg", READY, "[" + SERVICES + "E1G60\\StartOverride]\n\"0\"=dword:00000004");

        assertThat(judge(Installations.of(Installations.WINDOWS_7, hive)).verdict())
                .isEqualTo(Verdict.BOOTS);
        assertThat(judge(Installations.of(Installations.version(6, 2, 9200), hive))
                        .verdict())
                .isEqualTo(Verdict.STOPS);
    }

    @ParameterizedTest
    @CsvSource({"00000000, BOOTS", "00000001, STOPS", "00000400, BOOTS", "00000021, STOPS"})
    void a_disabled_card_is_no_way_to_the_disk(String configFlags, Verdict expected) {
        MachineVerdict verdict = judge(installation("[" + CARD + "]\n\"ConfigFlags\"=dword:" + configFlags));

        assertThat(verdict.verdict()).isEqualTo(expected);
        if (expected == Verdict.STOPS) {
            assertThat(verdict.findings().get(0).explanation())
                    .isEqualTo("The network card is disabled, so there is no way to the disk.");
        }
    }

    @Test
    void a_card_that_the_device_tree_does_not_have_is_a_doubt() {
        MachineVerdict verdict = judge(installation("[-" + CARD + "]"));

        assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict.findings().get(0).setting()).isEqualTo(CARD + ": absent");
    }

    @ParameterizedTest
    @CsvSource({
        "pci, CORE_DRIVERS",
        "ACPI, CORE_DRIVERS",
        "NDIS, NETWORK_STACK",
        "Tcpip, NETWORK_STACK",
        "iScsiPrt, ISCSI_DISK",
        "storport, ISCSI_DISK",
        "E1G60, CARD_DRIVER"
    })
    void a_driver_whose_file_is_missing_is_not_loaded(String service, Subject subject) {
        WindowsInstallation installation = installation("", (name, image) -> file(name.equals(service), File.ABSENT));

        MachineVerdict verdict = judge(installation);

        assertThat(verdict.verdict()).isEqualTo(Verdict.STOPS);
        assertThat(faulty(installation, verdict)).containsExactly(subject);
    }

    @ParameterizedTest
    @CsvSource({"pci, CORE_DRIVERS", "NDIS, NETWORK_STACK", "iScsiPrt, ISCSI_DISK", "E1G60, CARD_DRIVER"})
    void a_driver_whose_file_could_not_be_seen_is_a_doubt(String service, Subject subject) {
        WindowsInstallation installation =
                installation("", (name, image) -> file(name.equals(service), File.NOT_EXAMINED));

        MachineVerdict verdict = judge(installation);

        assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(faulty(installation, verdict)).containsExactly(subject);
    }

    @ParameterizedTest
    @CsvSource({"pci, 3, STOPS", "NDIS, 4, STOPS", "Tcpip, 4, STOPS", "mountmgr, 3, STOPS", "pci, , UNKNOWN"})
    void a_driver_that_every_windows_needs_is_demanded(String service, Integer start, Verdict expected) {
        String change = start == null
                ? "[-" + SERVICES + service + "]"
                : "[%s%s]\n\"Start\"=dword:0000000%d".formatted(SERVICES, service, start);

        assertThat(judge(installation(change)).verdict()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"e1000, windows7.reg, UNKNOWN", "e1000e, windows10.reg, STOPS"})
    void memory_integrity_may_keep_the_driver_of_the_e1000_out(String machine, String hive, Verdict expected) {
        WindowsInstallation installation = Installations.of(
                Installations.WINDOWS_11,
                WindowsImage.hive(
                        hive,
                        hive.equals("windows7.reg") ? READY : "",
                        "[ControlSet001\\Control\\DeviceGuard\\Scenarios\\HypervisorEnforcedCodeIntegrity]\n\"Enabled\"=dword:00000001"));

        MachineVerdict verdict = judge(installation, machine);

        assertThat(verdict.verdict()).isEqualTo(expected);
        assertThat(verdict.findings())
                .extracting(Finding::explanation)
                .filteredOn(text -> text.contains("E1G6032E.sys"))
                .hasSize(machine.equals("e1000") ? 1 : 0);
    }

    @Test
    void a_card_behind_a_vendor_s_bus_driver_is_a_card_and_needs_that_driver_too() {
        String instance = "B06BDRV\\L2ND&PCI_163914E4&SUBSYS_02361028&REV_20\\5&2B2F0F4&0&20050100";
        String card = """
                [%s]
                "DeviceInstanceID"="%s"
                [ControlSet001\\Enum\\%s]
                "ConfigFlags"=dword:00000000
                """.formatted(CLASS_7, instance.replace("\\", "\\\\"), instance);
        String bus = "[" + SERVICES + "b06bdrv]\n\"Start\"=dword:0000000";
        TargetMachine dell = TargetMachine.physical("dell", "Broadcom BCM5709 14e4:1639");

        assertThat(judge(installation(card + bus + "0"), dell).verdict()).isEqualTo(Verdict.BOOTS);
        assertThat(judge(installation(card + bus + "3"), dell).findings().get(0).explanation())
                .startsWith("The bus driver that finds the network card is not loaded at boot");
        assertThat(judge(installation(card), dell).verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"MLX4\\CONNECTX_ETH\\6&1, 4, true", "MLX4\\CONNECTX_ETH\\6&1, 1, false", "USB\\VID_0B95\\1, 4, false"})
    void hardware_on_a_bus_of_its_own_is_a_card_when_it_says_that_it_is_hardware(
            String instance, int characteristics, boolean isCard) {
        WindowsInstallation installation =
                installation("[%s]\n\"DeviceInstanceID\"=\"%s\"\n\"Characteristics\"=dword:0000000%d"
                        .formatted(CLASS_7, instance.replace("\\", "\\\\"), characteristics));

        assertThat(installation.networkCards()).hasSize(isCard ? 1 : 0);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, BOOTS", "3, 1, BOOTS", "3, 0, STOPS", "4, 1, STOPS"})
    void a_card_on_vmbus_needs_that_bus_at_boot(int start, int bootFlags, Verdict expected) {
        String instance = "VMBUS\\{f8615163-df3e-46c5-913f-f2d2f965ed0e}\\{1}";
        WindowsInstallation installation =
                installation("""
                [%s]
                "DeviceInstanceID"="%s"
                [ControlSet001\\Enum\\%s]
                "ConfigFlags"=dword:00000000
                [ControlSet001\\Services\\vmbus]
                "Start"=dword:0000000%d
                "BootFlags"=dword:0000000%d
                """.formatted(CLASS_7, instance.replace("\\", "\\\\"), instance, start, bootFlags));

        WindowsCheck check = WindowsCheck.of(List.of(installation), List.of(), List.of(), List.of());

        assertThat(check.installations().get(0).ownCards())
                .extracting(MachineVerdict::verdict)
                .containsExactly(expected);
    }

    private static File file(boolean wanted, File state) {
        return wanted ? state : File.PRESENT;
    }

    private static List<Subject> faulty(WindowsInstallation installation, MachineVerdict verdict) {
        List<Examination> examined = new ArrayList<>(installation.examined());
        examined.addAll(verdict.examined());
        return examined.stream()
                .filter(one -> one.outcome() != Outcome.SOUND)
                .map(Examination::subject)
                .toList();
    }

    private static WindowsInstallation installation(String change) {
        return installation(change, (service, image) -> File.PRESENT);
    }

    private static WindowsInstallation installation(String change, DriverFiles files) {
        return Installations.of(Installations.WINDOWS_7, WindowsImage.hive("windows7.reg", READY, change), files);
    }

    private static WindowsInstallation with(WindowsInstallation old, List<Examination> examined) {
        return new WindowsInstallation(
                old.partition(),
                old.directory(),
                old.version(),
                old.controlSets(),
                old.currentControlSet(),
                old.selection(),
                old.networkCards(),
                old.iscsiPort(),
                Optional.empty(),
                old.settings(),
                List.of(),
                List.of(),
                List.of(),
                examined);
    }

    private static MachineVerdict judge(WindowsInstallation installation) {
        return judge(installation, "e1000");
    }

    private static MachineVerdict judge(WindowsInstallation installation, String machine) {
        return judge(
                installation,
                TargetMachine.qemu().stream()
                        .filter(known -> known.name().equals(machine))
                        .findFirst()
                        .orElseThrow());
    }

    private static MachineVerdict judge(WindowsInstallation installation, TargetMachine machine) {
        return WindowsCheck.of(List.of(installation), List.of(), List.of(), List.of(machine))
                .installations()
                .get(0)
                .machines()
                .get(0);
    }
}
