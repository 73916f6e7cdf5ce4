package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.sanboot.ConfigurationException;
import org.sanboot.testing.SentPowerShell;

class PowerShellTest {

    @Test
    void a_script_travels_encoded_so_that_no_shell_sees_its_quotes() {
        String text =
                PowerShell.command("Write-Output \"Grüße, 'Welt'\" # done").text();

        assertThat(text)
                .matches("powershell -NoProfile -NonInteractive -OutputFormat Text -ExecutionPolicy Bypass"
                        + " -EncodedCommand [\\w+/=]+");
        assertThat(decoded(text)).contains("\nWrite-Output \"Grüße, 'Welt'\" # done\n");
    }

    @Test
    void a_script_runs_without_progress_bars_in_utf_8_and_ends_with_the_status_of_its_last_program() {
        assertThat(decoded(PowerShell.command("hostname").text()))
                .contains(
                        "$ProgressPreference='SilentlyContinue'",
                        "Text.UTF8Encoding $false",
                        "ErrorActionPreference='Stop'")
                .endsWith("\nexit $LASTEXITCODE\n");
    }

    @Test
    void the_longest_script_that_fits_is_accepted_and_one_that_does_not_is_refused_in_a_sentence() {
        assertThat(PowerShell.command("#".repeat(2700)).text()).hasSizeLessThanOrEqualTo(8191 - 128);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> PowerShell.command("#".repeat(3000)))
                .withMessageContainingAll("3000 characters is too long", "8063", "WindowsShell");
    }

    @Test
    void room_is_left_for_what_ssh_server_and_shell_put_around_a_line() {
        int longest = IntStream.iterate(2700, length -> length + 1)
                .takeWhile(length -> PowerShell.line("#".repeat(length)).isPresent())
                .max()
                .orElseThrow();

        assertThat(PowerShell.command("#".repeat(longest)).text()).hasSizeBetween(8191 - 140, 8191 - 128);
    }

    @Test
    void a_file_is_run_like_a_script_so_that_an_error_in_it_is_one_for_windows_7_too() {
        assertThat(decoded(PowerShell.file("C:\\it's.ps1").text()))
                .startsWith("$ErrorActionPreference='Stop'")
                .endsWith("\n& 'C:\\it''s.ps1'\nexit $LASTEXITCODE\n");
    }

    private static String decoded(String text) {
        return SentPowerShell.in(text);
    }
}
