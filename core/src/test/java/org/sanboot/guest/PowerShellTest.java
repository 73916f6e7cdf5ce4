package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;
import org.sanboot.ConfigurationException;
import org.sanboot.testing.SentPowerShell;

class PowerShellTest {

    @Test
    void a_script_travels_encoded_so_that_no_shell_sees_its_quotes() {
        String text =
                PowerShell.command("Write-Output \"Grüße, 'Welt'\" # done").text();

        assertThat(text).matches("powershell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand [\\w+/=]+");
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
        assertThat(PowerShell.command("#".repeat(2800)).text()).hasSizeLessThanOrEqualTo(8191);
        assertThatExceptionOfType(ConfigurationException.class)
                .isThrownBy(() -> PowerShell.command("#".repeat(3000)))
                .withMessageContainingAll("3000 characters is too long", "8191", "WindowsShell");
    }

    private static String decoded(String text) {
        return SentPowerShell.in(text);
    }
}
