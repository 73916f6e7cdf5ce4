package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsCheck.Verdict;

class WindowsCheckTest {

    private static final String FILTER_NDI =
            "[ControlSet001\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Ndi]\n";

    @Test
    void an_ordinary_windows_7_stops_for_its_mandatory_filter() {
        MachineVerdict verdict = judge("e1000", "windows7.reg");

        assertThat(verdict.verdict()).isEqualTo(Verdict.STOPS);
        assertThat(verdict.findings()).extracting(Finding::effect).containsExactly(Effect.STOP, Effect.STALL);
        assertThat(verdict.findings().get(0).setting())
                .contains("{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Ndi\\FilterRunType: mandatory")
                .contains("ControlSet001\\Services\\WfpLwf: Start 1, not loaded at boot");
        assertThat(verdict.findings().get(0).remedy()).isEqualTo("sanboot windows prepare, switch filters-optional.");
    }

    @Test
    void an_optional_filter_that_is_not_loaded_costs_a_stall() {
        MachineVerdict verdict = judge("e1000", "windows7.reg", FILTER_NDI + "\"FilterRunType\"=dword:00000002");

        assertThat(verdict.verdict()).isEqualTo(Verdict.STALLS);
    }

    @Test
    void filters_loaded_at_boot_or_not_waited_for_cost_nothing() {
        MachineVerdict verdict = judge("e1000", "windows7.reg", FILTER_NDI + """
                        "FilterRunType"=dword:00000002
                        "NdisBootStart"=dword:00000000
                        [ControlSet001\\Services\\Psched]
                        "Start"=dword:00000000
                        """);

        assertThat(verdict.verdict()).isEqualTo(Verdict.BOOTS);
        assertThat(verdict.findings()).isEmpty();
    }

    @Test
    void windows_10_decides_by_its_own_settings_and_not_by_the_old_ones() {
        String legacy =
                "[ControlSet001\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\{7DAF2AC8-E9F6-4765-A842-F1F5D2501341}\\Ndi]\n\"FilterRunType\"=dword:00000002";
        String kernel =
                "[ControlSet001\\Control\\NetworkSetup2\\Filters\\{7DAF2AC8-E9F6-4765-A842-F1F5D2501341}\\Kernel]\n";

        assertThat(judge("e1000e", "windows10.reg", legacy).verdict()).isEqualTo(Verdict.STOPS);
        assertThat(judge("e1000e", "windows10.reg", kernel + "\"Optional\"=dword:00000001")
                        .verdict())
                .isEqualTo(Verdict.STALLS);
        assertThat(judge(
                                "e1000e",
                                "windows10.reg",
                                kernel + "\"Optional\"=dword:00000001\n\"NoStartAtBoot\"=dword:00000001",
                                "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000000")
                        .verdict())
                .isEqualTo(Verdict.BOOTS);
    }

    @Test
    void a_driver_that_does_not_say_that_it_can_boot_is_to_blame() {
        MachineVerdict verdict = judge("virtio-net-pci", "windows10.reg");

        assertThat(verdict.verdict()).isEqualTo(Verdict.STOPS);
        assertThat(verdict.findings().get(0).setting())
                .isEqualTo("ControlSet001\\Services\\netkvm: Start 3, not loaded at boot");
        assertThat(verdict.findings().get(0).remedy()).isEqualTo("sanboot windows prepare, switch nic-boot-start.");
    }

    @Test
    void a_start_override_counts_for_more_than_the_start() {
        assertThat(judge(
                                "virtio-net-pci",
                                "windows10.reg",
                                "[ControlSet001\\Services\\netkvm]\n\"Start\"=dword:00000000")
                        .verdict())
                .isEqualTo(Verdict.STOPS);
    }

    @Test
    void a_card_that_was_never_there_is_no_way_to_the_disk() {
        MachineVerdict verdict = judge("rtl8139", "windows7.reg");

        assertThat(verdict.verdict()).isEqualTo(Verdict.STOPS);
        assertThat(verdict.card()).isEmpty();
    }

    @Test
    void a_card_in_another_slot_is_another_card() {
        TargetMachine machine =
                new TargetMachine("lab", List.of("PCI\\VEN_8086&DEV_100E"), List.of(), Optional.of("05.0"), false);

        MachineVerdict verdict = judge(machine, "windows7.reg");

        assertThat(verdict.verdict()).isEqualTo(Verdict.STOPS);
        assertThat(verdict.findings().get(0).explanation())
                .isEqualTo(
                        "The card was set up at 04.0, and the machine has it at 05.0: to Windows that is another card.");
    }

    @Test
    void a_virtual_type_pins_its_card_s_model_and_slot() {
        assertThat(judge(TargetMachine.qemu("qemu", "e1000", 4), "windows7.reg").card())
                .isPresent();
        assertThat(judge(TargetMachine.qemu("qemu", "e1000", 2), "windows7.reg")
                        .findings()
                        .get(0)
                        .explanation())
                .contains("set up at 04.0, and the machine has it at 02.0");
    }

    @Test
    void a_virtual_type_with_a_card_that_windows_does_not_know_is_sent_to_one_that_it_knows() {
        MachineVerdict verdict = judge(TargetMachine.qemu("qemu", "ne2k_pci", 2), "windows7.reg");

        assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict.findings().get(0).remedy())
                .isEqualTo(
                        "Take one of these as the type's nic, or the image's: virtio-net-pci, e1000, e1000e, rtl8139, vmxnet3.");
    }

    @Test
    void a_physical_type_is_judged_by_the_pci_id_among_the_words_about_its_card() {
        TargetMachine known = TargetMachine.physical("nuc", "Intel PRO/1000 (8086:100e), on the board");

        assertThat(known.hardwareIds()).containsExactly("PCI\\VEN_8086&DEV_100E");
        assertThat(judge(known, "windows7.reg").card()).isPresent();
        assertThat(judge(known, "windows7.reg").findings())
                .extracting(Finding::explanation)
                .contains(
                        "Only the card's model was compared: with another subsystem, revision or slot it is another card to Windows.");
        MachineVerdict unknown = judge(TargetMachine.physical("nuc", "Intel I219"), "windows7.reg");
        assertThat(unknown.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(unknown.findings().get(0).remedy()).contains("lspci -nn");
    }

    @Test
    void a_card_known_by_its_mac_address_is_a_risk() {
        assertThat(judge("e1000e", "windows10.reg").findings())
                .filteredOn(finding -> finding.effect() == Effect.RISK)
                .singleElement()
                .satisfies(finding -> assertThat(finding.explanation()).contains("MAC address"));
    }

    @Test
    void the_iscsi_disk_s_own_driver_must_be_loaded() {
        MachineVerdict verdict =
                judge("e1000", "windows7.reg", "[ControlSet001\\Services\\iScsiPrt]\n\"BootFlags\"=dword:00000000");

        assertThat(verdict.findings().get(0).explanation())
                .isEqualTo("The driver of the iSCSI disk is not loaded at boot.");
    }

    @Test
    void a_card_that_no_machine_type_has_gets_a_verdict_of_its_own() {
        WindowsCheck check =
                WindowsCheck.of(List.of(installation(10, "windows7.reg")), List.of(), List.of(), List.of());

        assertThat(check.installations().get(0).ownCards())
                .extracting(verdict -> verdict.machine().name())
                .containsExactly("Intel(R) PRO/1000 MT Network Connection at 04.0");
        assertThat(check.withoutOwnCards().installations().get(0).ownCards()).isEmpty();
    }

    @Test
    void only_machine_types_that_were_asked_for_count_as_places_where_it_boots() {
        WindowsInstallation prepared =
                installation(10, "windows7.reg", FILTER_NDI + "\"FilterRunType\"=dword:00000002");
        TargetMachine dell = TargetMachine.physical("dell", "Intel 82579LM 8086:1502");

        WindowsCheck check = WindowsCheck.of(List.of(prepared), List.of(), List.of(), List.of(dell));

        assertThat(check.installations().get(0).ownCards())
                .extracting(MachineVerdict::verdict)
                .containsExactly(Verdict.STALLS);
        assertThat(check.bootsSomewhere()).isFalse();
        assertThat(check.mayBootSomewhere()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "SUBSYS_001E8086&REV_02, STOPS", // VirtualBox's
        "SUBSYS_11001AF4&REV_02, STOPS",
        "SUBSYS_11001AF4&REV_03, STALLS",
        "subsys_11001af4&rev_03, STALLS"
    })
    void a_card_of_another_maker_is_another_card_though_the_model_is_the_same(String variant, Verdict expected) {
        MachineVerdict verdict = judge(
                "e1000",
                "windows7.reg",
                FILTER_NDI + "\"FilterRunType\"=dword:00000002",
                instance("DEV_100E&" + variant));

        assertThat(verdict.verdict()).isEqualTo(expected);
        if (expected == Verdict.STOPS) {
            assertThat(verdict.findings().get(0).setting()).endsWith(variant + "\\3&11583659&0&20");
            assertThat(verdict.findings().get(0).explanation())
                    .contains("PCI\\VEN_8086&DEV_100E&SUBSYS_11001AF4&REV_03", "another card to Windows");
        }
    }

    @Test
    void a_card_whose_instance_does_not_say_its_maker_may_be_any_of_its_model() {
        assertThat(judge("e1000", "windows7.reg", instance("DEV_100E")).card()).isPresent();
    }

    @Test
    void a_card_of_another_maker_keeps_its_own_verdict() {
        WindowsCheck check = WindowsCheck.of(
                List.of(installation(10, "windows7.reg", instance("DEV_100E&SUBSYS_001E8086&REV_02"))),
                List.of(),
                List.of(),
                TargetMachine.qemu());

        assertThat(check.installations().get(0).ownCards())
                .singleElement()
                .satisfies(verdict -> assertThat(verdict.card()).isPresent());
    }

    private static String instance(String device) {
        return """
                [ControlSet001\\Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\0007]
                "DeviceInstanceID"="PCI\\\\VEN_8086&%s\\\\3&11583659&0&20"
                """.formatted(device);
    }

    @Test
    void no_verdict_is_given_on_windows_xp() {
        WindowsCheck check =
                WindowsCheck.of(List.of(installation(5, "windows7.reg")), List.of(), List.of(), TargetMachine.qemu());

        assertThat(check.installations().get(0).machines()).allMatch(verdict -> verdict.verdict() == Verdict.UNKNOWN);
        assertThat(check.bootsSomewhere()).isFalse();
        assertThat(check.mayBootSomewhere()).isTrue();
    }

    private static MachineVerdict judge(String machine, String... hive) {
        return judge(
                TargetMachine.qemu().stream()
                        .filter(known -> known.name().equals(machine))
                        .findFirst()
                        .orElseThrow(),
                hive);
    }

    private static MachineVerdict judge(TargetMachine machine, String... hive) {
        return WindowsCheck.of(List.of(installation(10, hive)), List.of(), List.of(), List.of(machine))
                .installations()
                .get(0)
                .machines()
                .get(0);
    }

    private static WindowsInstallation installation(int major, String... hive) {
        WindowsVersion version = major < 6
                ? Installations.version(5, 1, 2600)
                : hive[0].equals("windows7.reg") ? Installations.WINDOWS_7 : Installations.WINDOWS_10;
        return Installations.of(version, WindowsImage.hive(hive));
    }
}
