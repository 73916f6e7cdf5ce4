package org.sanboot.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.sanboot.TestException;
import org.sanboot.testing.SentPowerShell;

class WindowsShellTest {

    private static final Duration SOON = Duration.ofSeconds(10);

    private final RecordingGuest guest = new RecordingGuest();
    private final WindowsShell shell = new WindowsShell(guest);

    @Test
    void one_line_of_cmd_is_run_as_it_is_in_utf_8() {
        CommandResult result = shell.cmd("  echo \"a\" & exit /b 3 ", SOON);

        assertThat(guest.ran.get(1)).isEqualTo("chcp 65001>nul 2>nul || cmd.exe /d /c exit 0 & echo \"a\" & exit /b 3");
        assertThat(result.command()).isEqualTo("echo \"a\" & exit /b 3");
    }

    @Test
    void which_shell_answers_is_asked_once() {
        shell.cmd("ver", SOON);
        shell.cmd("vol", SOON);

        assertThat(guest.ran).hasSize(3).startsWith("echo %ComSpec%");
    }

    @Test
    void several_lines_of_cmd_are_a_batch_file_that_is_removed() {
        shell.cmd("echo one\necho two", SOON);

        assertThat(guest.uploads).hasSize(1);
        String file = guest.uploads.keySet().iterator().next();
        assertThat(file).matches("C:/Windows/Temp/sanboot-[0-9a-f-]{36}\\.cmd");
        assertThat(guest.uploads.get(file))
                .isEqualTo("@echo off\r\n@chcp 65001>nul 2>nul || cmd.exe /d /c exit 0\r\necho one\r\necho two\r\n"
                        + "@exit /b %ERRORLEVEL%\r\n");
        String windowsName = file.replace('/', '\\');
        assertThat(guest.ran).containsExactly("cmd.exe /d /c " + windowsName, "cmd.exe /d /c del /f /q " + windowsName);
    }

    @Test
    void a_line_longer_than_cmd_takes_is_a_batch_file() {
        shell.cmd("rem " + "x".repeat(9000), SOON);

        assertThat(guest.uploads.values()).singleElement().asString().contains("rem xxx");
    }

    @Test
    void a_long_powershell_script_is_a_file_in_utf_8_with_a_mark_that_is_removed_though_it_fails() {
        guest.failing = true;
        String script = "Write-Output 'Grüße'\n".repeat(400);

        assertThatExceptionOfType(TestException.class).isThrownBy(() -> shell.powershell(script, SOON));

        assertThat(guest.uploads.values()).singleElement().isEqualTo("\uFEFF" + script);
        assertThat(decoded(guest.ran.get(0)))
                .startsWith("$ErrorActionPreference='Stop'")
                .containsPattern("\n& 'C:\\\\Windows\\\\Temp\\\\sanboot-.*\\.ps1'\n")
                .endsWith("\nexit $LASTEXITCODE\n");
        assertThat(guest.ran.get(1)).startsWith("cmd.exe /d /c del /f /q C:\\Windows\\Temp\\sanboot-");
    }

    @Test
    void a_short_powershell_script_needs_no_file_and_is_shown_as_it_was_written() {
        CommandResult result = shell.powershell("hostname", SOON);

        assertThat(guest.uploads).isEmpty();
        assertThat(decoded(guest.ran.get(0))).contains("\nhostname\n");
        assertThat(result.command()).isEqualTo("hostname");
    }

    @Test
    void a_program_gets_its_words_through_cmd() {
        shell.exec(List.of("C:\\Program Files\\tool.exe", "a&b", "%PATH%", ""), SOON);

        assertThat(guest.ran.get(1))
                .isEqualTo("chcp 65001>nul 2>nul || cmd.exe /d /c exit 0 & "
                        + "^\"C:\\Program Files\\tool.exe^\" a^&b ^%PATH^% ^\"^\"");
    }

    @Test
    void where_powershell_is_the_shell_of_the_server_lines_travel_encoded() {
        guest.answer = "%ComSpec%\n";

        shell.exec(List.of("C:\\Program Files\\tool.exe", "it's \"so’\""), SOON);
        shell.cmd("echo %PATH% & exit 4", SOON);

        assertThat(decoded(guest.ran.get(1)))
                .contains(
                        "$start.FileName='C:\\Program Files\\tool.exe'\n",
                        "$start.Arguments='\"it''s \\\"so’’\\\"\"'\n",
                        "exit $process.ExitCode");
        assertThat(decoded(guest.ran.get(2)))
                .contains(
                        "$start.FileName='cmd.exe'\n",
                        "$start.Arguments='/d /s /c \"chcp 65001>nul 2>nul || cmd.exe /d /c exit 0 & echo %PATH% & exit 4\"'\n");
    }

    @Test
    void an_argument_of_several_lines_goes_round_cmd_which_would_stop_at_the_first() {
        shell.exec(List.of("tool", "a\nb"), SOON);

        assertThat(decoded(guest.ran.get(0))).contains("$start.Arguments='\"a\nb\"'");
    }

    @Test
    void what_powershell_says_to_other_powershells_is_not_in_the_result() {
        guest.complaint = "#< CLIXML\r\n<Objs><S S=\"Error\">no such thing_x000D__x000A_</S></Objs>";

        assertThat(shell.powershell("x", SOON).stderr()).isEqualTo("no such thing\r\n");
    }

    private static String decoded(String text) {
        return SentPowerShell.in(text);
    }

    /** Notes what it is to do. */
    private static final class RecordingGuest implements Guest {

        final List<String> ran = new ArrayList<>();
        final Map<String, String> uploads = new LinkedHashMap<>();
        String answer = "C:\\Windows\\system32\\cmd.exe\r\n";
        String complaint = "";
        boolean failing;

        @Override
        public CommandResult run(Command command) {
            ran.add(command.text());
            if (failing) {
                throw new TestException("it failed");
            }
            return new CommandResult(command.shown(), 0, answer, complaint, Duration.ZERO);
        }

        @Override
        public void copyTo(Path local, String remote) {
            try {
                String content = Files.readString(local);
                uploads.put(remote, remote.endsWith(".ps1") ? SentPowerShell.checked(content) : content);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void copyFrom(String remote, Path local) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void awaitReady(Duration timeout, Supplier<Optional<String>> hopeless) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String bootId() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String bootDiskBus() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void resumed(Duration timeout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void requestShutdown() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void reboot(Duration timeout, Supplier<Optional<String>> hopeless) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void disconnect() {}

        @Override
        public void forgetHostKey() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
