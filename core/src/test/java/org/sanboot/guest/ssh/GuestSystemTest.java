package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sanboot.guest.Command;
import org.sanboot.testing.SentPowerShell;

/** What a Windows is asked, word by word: there is none here that could answer. */
class GuestSystemTest {

    @Test
    void a_windows_boot_is_known_by_its_first_process_which_setting_the_clock_does_not_change() {
        assertThat(script(GuestSystem.WINDOWS.bootId().orElseThrow()))
                .contains("Win32_Process -Filter \"Name='smss.exe'\"", "LastBootUpTime");
    }

    @Test
    void the_boot_disk_s_bus_is_asked_of_the_storage_classes_and_on_windows_7_of_diskpart() {
        assertThat(script(GuestSystem.WINDOWS.bootDiskBus().orElseThrow()))
                .contains(
                        "Get-CimInstance -Namespace root/Microsoft/Windows/Storage MSFT_Disk",
                        "$_.IsBoot",
                        "$disk.BusType -eq 9",
                        "'select disk=system','detail disk'|diskpart",
                        "$detail -match ':\\s*iSCSI'");
    }

    @Test
    void all_commands_of_a_connection_end_but_the_one_that_ends_them() {
        assertThat(script(GuestSystem.WINDOWS.endOfAllCommands().orElseThrow()))
                .contains(
                        "-notlike 'sshd*'",
                        "$own -notcontains $_.ProcessId",
                        "ForEach-Object{Stop-Tree $_.ProcessId;Stop-Process -Id $_.ProcessId -Force");
    }

    @Test
    void windows_shuts_down_and_reboots_by_its_own_command_and_at_once() {
        assertThat(GuestSystem.WINDOWS.shutdown().map(Command::text)).hasValue("shutdown /s /f /t 0");
        assertThat(GuestSystem.WINDOWS.reboot().map(Command::text)).hasValue("shutdown /r /f /t 0");
        assertThat(GuestSystem.OTHER.shutdown()).isEmpty();
    }

    private static String script(Command command) {
        return SentPowerShell.in(command.text());
    }
}
