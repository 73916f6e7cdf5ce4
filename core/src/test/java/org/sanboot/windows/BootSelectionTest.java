package org.sanboot.windows;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sanboot.windows.WindowsInstallation.Doubt;
import org.sanboot.windows.registry.Hive;
import org.sanboot.windows.structure.MemoryMedium;

class BootSelectionTest {

    @Test
    void the_control_set_that_the_loader_boots_is_judged_and_a_difference_is_said() {
        BootSelection selection = select("\"Default\"=dword:00000002", "\"Current\"=dword:00000001");

        assertThat(selection.set().name()).isEqualTo("ControlSet002");
        assertThat(selection.doubts()).singleElement().satisfies(doubt -> {
            assertThat(doubt.place()).isEqualTo("Select\\Default: 2, Current: 1");
            assertThat(doubt.explanation())
                    .isEqualTo("This Windows will boot another control set than the one that it ran with last.");
            assertThat(doubt.consequence()).startsWith("ControlSet002 was judged");
        });
    }

    @Test
    void an_ordinary_selection_is_described_and_leaves_no_doubt() {
        BootSelection selection = select();

        assertThat(selection.set().name()).isEqualTo("ControlSet001");
        assertThat(selection.doubts()).isEmpty();
        assertThat(selection.description()).isEqualTo("Default 1, Current 1, LastKnownGood 2, Failed 0");
    }

    @Test
    void a_control_set_that_failed_is_said() {
        assertThat(select("\"Failed\"=dword:00000002").doubts())
                .extracting(Doubt::explanation)
                .containsExactly(
                        "A start with ControlSet002 failed, and Windows went back to its last known good one.");
    }

    @ParameterizedTest
    @CsvSource({"dword:00000007, 7", "'\"1\"', absent"})
    void a_guess_is_said_and_goes_by_what_ran_last(String value, String text) {
        BootSelection selection = select("\"Default\"=" + value, "\"Current\"=dword:00000002");

        assertThat(selection.set().name()).isEqualTo("ControlSet002");
        assertThat(selection.doubts()).extracting(Doubt::place).containsExactly("Select\\Default: " + text);
    }

    private static BootSelection select(String... values) {
        byte[] hive = WindowsImage.hive("windows7.reg", "[Select]\n" + String.join("\n", values));
        return BootSelection.of(
                Hive.open("SYSTEM", new MemoryMedium(hive)), Installations.WINDOWS_7, DriverFiles.NOT_EXAMINED);
    }
}
