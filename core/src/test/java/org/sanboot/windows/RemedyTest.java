package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.windows.WindowsCheck.Effect;
import org.sanboot.windows.WindowsCheck.Finding;
import org.sanboot.windows.WindowsCheck.MachineVerdict;
import org.sanboot.windows.WindowsCheck.Verdict;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.structure.Draft;
import org.sanboot.windows.structure.MemoryMedium;

/** A remedy that names a switch is put to the test: with that switch the finding must go. */
class RemedyTest {

    private static final Pattern SWITCH = Pattern.compile("switch ([a-z0-9-]+)");
    private static final String COMPONENTS =
            "ControlSet001\\Control\\Network\\{4D36E974-E325-11CE-BFC1-08002BE10318}\\";
    private static final String WFP = COMPONENTS + "{B70D6460-3635-4D42-B866-B8AB1A24454C}";
    private static final String PACER = COMPONENTS + "{B5F4D659-7DAA-4565-8E41-BE220ED60542}";
    private static final String CARD_7 = "ControlSet001\\Control\\Class\\{4D36E972-E325-11CE-BFC1-08002BE10318}\\0007";
    private static final String LEFT_ALONE = "{3BFD7820-D65C-4C1B-9FEA-983A019639EA}";
    private static final String KERNEL = "[ControlSet001\\Control\\NetworkSetup2\\Filters\\";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                // No run type: mandatory.
                "[-" + WFP + "\\Ndi]\n[" + WFP + "\\Ndi]\n\"Service\"=\"WfpLwf\"",
                "[-" + PACER + "\\Ndi]\n[" + PACER + "\\Ndi]\n\"Service\"=\"Psched\"",
                // Drivers that somebody disabled, that are missing, or that say too little.
                "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000004",
                "[ControlSet001\\Services\\Psched\\StartOverride]\n\"0\"=dword:00000004",
                "[ControlSet001\\Services\\Psched]\n\"Start\"=dword:00000004\n[ControlSet001\\Services\\Psched\\StartOverride]\n\"0\"=dword:00000003",
                "[-ControlSet001\\Services\\Psched]",
                "[-ControlSet001\\Services\\Psched]\n[ControlSet001\\Services\\Psched]",
                "[-ControlSet001\\Services\\WfpLwf]",
                "[ControlSet001\\Services\\E1G60]\n\"BootFlags\"=dword:00000000",
                "[ControlSet001\\Services\\E1G60]\n\"Start\"=dword:00000004\n\"BootFlags\"=dword:00000000",
                "[-ControlSet001\\Services\\E1G60]",
                // As Windows 10 keeps it.
                KERNEL + "{B70D6460-3635-4D42-B866-B8AB1A24454C}\\Kernel]\n\"FilterClass\"=\"ms_firewall_upper\"",
                KERNEL
                        + "{B5F4D659-7DAA-4565-8E41-BE220ED60542}\\Kernel]\n\"Optional\"=dword:00000000\n[-"
                        + PACER
                        + "\\Ndi]\n["
                        + PACER
                        + "\\Ndi]\n\"Service\"=\"Psched\"",
            })
    void a_finding_goes_with_the_switch_that_it_names(String change) {
        byte[] hive = WindowsImage.hive("windows7.reg", change);
        for (Finding finding : judge(hive).findings()) {
            Matcher named = SWITCH.matcher(finding.remedy());
            if (named.find()) {
                byte[] changed =
                        apply(hive, PreparationSwitch.of(named.group(1)).orElseThrow());
                assertThat(judge(changed).findings()).as("%s", finding).doesNotContain(finding);
            } else {
                assertThat(finding.remedy()).contains("in the running Windows");
            }
        }
        assertThat(judge(hive).findings()).isNotEmpty();
    }

    @Test
    void a_filter_without_a_run_type_is_made_optional_in_place() {
        byte[] hive =
                WindowsImage.hive("windows7.reg", "[-" + WFP + "\\Ndi]\n[" + WFP + "\\Ndi]\n\"Service\"=\"WfpLwf\"");
        assertThat(judge(hive).verdict()).isEqualTo(Verdict.STOPS);

        assertThat(judge(apply(hive, PreparationSwitch.FILTERS_OPTIONAL)).verdict())
                .isEqualTo(Verdict.STALLS);
    }

    @Test
    void a_filter_of_windows_own_that_prepare_leaves_alone_is_for_people_to_start() {
        byte[] hive = WindowsImage.hive(
                "windows7.reg",
                "[%s%s\\Ndi]\n\"Service\"=\"WfpLwfs\"\n\"FilterRunType\"=dword:00000001"
                        .formatted(COMPONENTS, LEFT_ALONE),
                "[ControlSet001\\Services\\WfpLwfs]\n\"Start\"=dword:00000001",
                filterList(LEFT_ALONE));

        Finding finding = judge(hive).findings().get(0);

        assertThat(finding.effect()).isEqualTo(Effect.STOP);
        assertThat(finding.remedy())
                .contains("Services\\WfpLwfs /v Start /t REG_DWORD /d 0 /f")
                .doesNotContain("switch");
    }

    @Test
    void a_filter_that_the_registry_does_not_describe_cannot_be_judged_and_is_called_by_its_guid() {
        String guid = "{0A1B2C3D-0000-1111-2222-333344445555}";
        byte[] hive = WindowsImage.hive("windows7.reg", filterList(guid));

        MachineVerdict verdict = judge(hive);

        assertThat(verdict.verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.explanation()).startsWith("The filter " + guid + " is bound to the card");
            assertThat(finding.remedy()).contains("netcfg -s n").doesNotContain("switch");
        });
    }

    private static String filterList(String guid) {
        return "[%s\\Linkage]\n\"FilterList\"=multi:\"{6AAFC9A9-0542-4DB2-8760-CCFFA953737C}-%s-0000\""
                .formatted(CARD_7, guid);
    }

    private static byte[] apply(byte[] hive, PreparationSwitch change) {
        byte[] changed = hive.clone();
        Draft draft = new Draft(new MemoryMedium(changed));
        new ChangePlanner(installation(hive), Hive.open("SYSTEM", draft), EnumSet.of(change)).plan();
        draft.apply();
        return changed;
    }

    private static MachineVerdict judge(byte[] hive) {
        return new MachineJudge(installation(hive)).judge(TargetMachine.qemu("qemu", "e1000", 4));
    }

    /** Windows 10 keeps its filters elsewhere, so that the hive tells which it is. */
    private static WindowsInstallation installation(byte[] hive) {
        WindowsInstallation newer = Installations.of(Installations.WINDOWS_10, hive);
        boolean is10 = Hive.open("SYSTEM", new MemoryMedium(hive))
                .root()
                .find("ControlSet001", "Control", "NetworkSetup2")
                .isPresent();
        return is10 ? newer : Installations.of(Installations.WINDOWS_7, hive);
    }
}
