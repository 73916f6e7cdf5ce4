package org.sanboot.recipe;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.evidence.Redaction;

/** What arrives in a Windows guest, to be read by people who know Windows: none was at hand to run it. */
class WindowsStepsTest {

    private static final String TEMP = "C:\\Windows\\Temp\\sanboot-recipe";

    @TempDir
    private Path directory;

    private final RecordingHost guest = new RecordingHost();
    private RecipeFixture recipes;
    private GuestSteps steps;

    @BeforeEach
    void makeParents() {
        recipes = RecipeFixture.in(directory);
        steps = new WindowsSteps(guest.shell(Redaction.none()), Map.of());
    }

    private List<String> perform(String yaml) {
        recipes.step("win11", yaml).perform(steps);
        return guest.events;
    }

    @Test
    void the_environment_comes_before_the_commands_and_quotes_of_all_kinds_are_kept() {
        steps = new WindowsSteps(guest.shell(Redaction.none()), Map.of("TOKEN", "it’s 'it'"));

        assertThat(perform("- run: Write-Output $env:TOKEN")).containsExactly("""
                $env:TOKEN='it’’s ''it'''
                Write-Output $env:TOKEN""");
    }

    @Test
    void a_powershell_script_is_copied_with_a_mark_of_its_encoding_and_called_with_its_arguments() {
        String script = "param($Level)\nWrite-Output \"grüße $Level from $PSScriptRoot\"\n";
        recipes.write("setup.ps1", script);

        assertThat(perform("- {script: setup.ps1, arguments: -Level 'a b'}"))
                .containsExactly(
                        "copy setup.ps1 to " + TEMP + "\\3\\setup.ps1", "& '" + TEMP + "\\3\\setup.ps1' -Level 'a b'");
        assertThat(guest.copied).asString(UTF_8).isEqualTo("\ufeff" + script);
    }

    @Test
    void a_powershell_script_with_a_mark_stays_as_it_is_and_one_that_nobody_could_read_is_refused() throws Exception {
        byte[] utf16 = "\ufeffWrite-Output grüße".getBytes(UTF_16LE);
        Files.write(directory.resolve("setup.ps1"), utf16);
        perform("- script: setup.ps1");
        assertThat(guest.copied).isEqualTo(utf16);

        recipes.write("setup.ps1", "\ufeffWrite-Output grüße");
        perform("- script: setup.ps1");
        assertThat(guest.copied).asString(UTF_8).isEqualTo("\ufeffWrite-Output grüße");

        Files.write(directory.resolve("setup.ps1"), "Write-Output grüße".getBytes(ISO_8859_1));
        assertThatThrownBy(() -> perform("- script: setup.ps1"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("setup.ps1 is not in UTF-8");
    }

    @Test
    void messages_name_the_step_and_not_what_carries_it() {
        perform("- run: Start-Service agent");

        assertThat(guest.shown).containsExactly("run: Start-Service agent");
    }

    @Test
    void only_an_administrator_can_do_the_steps() {
        guest.output = "False\r\n";
        assertThatThrownBy(steps::begin)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("need an administrator")
                .hasMessageContaining("debian");

        guest.output = "True\r\n";
        assertThatCode(steps::begin).doesNotThrowAnyException();
        assertThat(guest.events.get(0)).contains("WindowsBuiltInRole]::Administrator");
    }

    @Test
    void a_command_file_is_run_by_cmd_which_takes_the_outer_quotes_away_and_no_others() {
        recipes.write("my setup.cmd", "exit /b 0");

        List<String> events = perform("- {script: my setup.cmd, arguments: /level \"it's two\"}");

        assertThat(events.get(0)).isEqualTo("copy my setup.cmd to " + TEMP + "\\3\\my setup.cmd");
        assertThat(events.get(1))
                .contains(
                        "$start.FileName='cmd.exe'\n",
                        "$start.Arguments='/d /s /c \"\"" + TEMP + "\\3\\my setup.cmd\" /level \"it''s two\"\"'\n")
                .endsWith("exit $process.ExitCode");
    }

    @Test
    void an_msi_is_installed_silently_and_its_log_shown_when_it_fails() {
        recipes.write("agent.msi", "x");

        assertThat(perform("- {package: agent.msi, arguments: LEVEL=1}"))
                .containsExactly("copy agent.msi to " + TEMP + "\\3-0\\agent.msi", """
                        $log='C:\\Windows\\Temp\\sanboot-recipe\\3-0\\agent.msi.log'
                        $line='/i "'+'C:\\Windows\\Temp\\sanboot-recipe\\3-0\\agent.msi'+'" /qn /norestart /l* "'+$log+'" '+'LEVEL=1'
                        $status=(Start-Process msiexec.exe -ArgumentList $line -Wait -PassThru).ExitCode
                        if(0,3010,1641 -notcontains $status){Get-Content $log|Select-Object -Last 20}
                        exit $status""");
    }

    @Test
    void an_installer_that_wants_a_reboot_has_succeeded() {
        recipes.write("setup.exe", "x");
        guest.status = 3010;

        assertThatCode(() -> perform("- {package: setup.exe, arguments: /S}")).doesNotThrowAnyException();
        assertThat(guest.events.get(1))
                .isEqualTo("exit (Start-Process '" + TEMP
                        + "\\3-0\\setup.exe' -ArgumentList '/S' -Wait -PassThru).ExitCode");
        guest.status = 1603;
        assertThatThrownBy(() -> perform("- package: setup.exe"))
                .isInstanceOf(TestException.class)
                .hasMessageContaining("status 1603");
    }

    @Test
    void two_packages_of_one_name_do_not_meet() {
        recipes.write("a/agent.msi", "x");
        recipes.write("b/agent.msi", "y");

        assertThat(perform("- package: [a/agent.msi, b/agent.msi]"))
                .contains(
                        "copy agent.msi to " + TEMP + "\\3-0\\agent.msi",
                        "copy agent.msi to " + TEMP + "\\3-1\\agent.msi");
    }

    @Test
    void drivers_are_added_with_all_that_lies_beside_them_in_the_words_that_the_windows_knows() {
        recipes.write("netkvm/netkvm.inf", "x");

        assertThat(perform("- driver: netkvm/netkvm.inf"))
                .containsExactly("copy netkvm to " + TEMP + "\\3\\netkvm", """
                        $directory='C:\\Windows\\Temp\\sanboot-recipe\\3\\netkvm'
                        if([Environment]::OSVersion.Version -ge [Version]'10.0.14393'){
                        pnputil.exe /add-driver ($directory+'\\*.inf') /subdirs /install
                        exit $LASTEXITCODE
                        }
                        $status=0
                        foreach($inf in Get-ChildItem $directory -Recurse -Include *.inf){
                        pnputil.exe -i -a $inf.FullName
                        if(0,259,3010 -notcontains $LASTEXITCODE){$status=$LASTEXITCODE}
                        }
                        exit $status""");
    }

    @Test
    void registry_values_are_set_with_their_types() {
        assertThat(perform("""
                - registry: HKLM\\SOFTWARE\\Agent
                  values:
                    (default): it's
                    Level: 0xffffffff
                    Big: {qword: 18446744073709551615}
                    Path: {expand: '%SystemRoot%'}
                    List: [a, b]
                    Bytes: {binary: 00 ff}
                    None: []
                    No bytes: {binary: ''}
                    Empty: ''
                """)).containsExactly("""
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','','it''s','String')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','Level',[int](-1),'DWord')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','Big',[long](-1),'QWord')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','Path','%SystemRoot%','ExpandString')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','List',[string[]]@('a','b'),'MultiString')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','Bytes',[byte[]]@(0x00,0xff),'Binary')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','None',[string[]]@(),'MultiString')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','No bytes',[byte[]]@(),'Binary')
                [Microsoft.Win32.Registry]::SetValue('HKEY_LOCAL_MACHINE\\SOFTWARE\\Agent','Empty','','String')""");
    }

    @Test
    void a_text_is_written_byte_for_byte() {
        assertThat(perform("- {text: grüße, to: 'C:\\agent\\agent.conf'}")).containsExactly("""
                $path='C:\\agent\\agent.conf'
                New-Item -ItemType Directory -Force ([IO.Path]::GetDirectoryName($path)) | Out-Null
                [IO.File]::WriteAllBytes($path,[Convert]::FromBase64String('Z3LDvMOfZQ=='))""");
    }

    @Test
    void windows_shuts_itself_down_whole() {
        steps.shutDown();

        assertThat(guest.events).containsExactly("Remove-Item -Recurse -Force '" + TEMP + "'", "shutdown /s /f /t 0");
    }

    @Test
    void a_windows_that_goes_down_before_it_can_answer_is_waited_for() {
        guest.lost = new InfrastructureException("The connection to the guest was lost.");

        assertThatCode(steps::shutDown).doesNotThrowAnyException();
    }

    @Test
    void a_windows_that_refuses_to_shut_down_is_not_waited_for() {
        guest.staysOn = true;
        guest.refusal = 5;

        assertThatThrownBy(steps::shutDown)
                .isInstanceOf(TestException.class)
                .hasMessageContaining("refuses to shut down")
                .hasMessageContaining("shutdown /s /f /t 0");
    }

    @Test
    @Timeout(20)
    void a_stop_error_ends_the_wait_for_the_machine_to_go_off() {
        guest.staysOn = true;
        guest.trouble = Optional.of("the guest panicked: stop code 0x0000009f");

        assertThatThrownBy(steps::shutDown)
                .isInstanceOf(TestException.class)
                .hasMessage("Windows did not shut down: the guest panicked: stop code 0x0000009f.");
    }
}
