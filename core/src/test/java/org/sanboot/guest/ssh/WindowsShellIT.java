package org.sanboot.guest.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sanboot.InfrastructureException;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.WindowsShell;

/** Against a real sshd whose shell is Wine's cmd.exe, the nearest there is here to one on Windows. */
@Tag("boot")
@Timeout(240)
class WindowsShellIT {

    private static final Duration LONG = Duration.ofSeconds(60);

    @TempDir
    static Path directory;

    private static WineShell wine;
    private static OpenSshServer server;
    private static SshGuest guest;
    private static WindowsShell shell;

    @BeforeAll
    static void start() throws Exception {
        WineShell.assumeInstalled();
        wine = new WineShell(directory);
        server = new OpenSshServer(directory).forcing(wine.program()).start();
        wine.wine(
                "wine",
                "reg",
                "add",
                "HKLM\\SYSTEM\\Setup",
                "/v",
                "SystemSetupInProgress",
                "/t",
                "REG_DWORD",
                "/d",
                "0");
        guest = new SshGuest(server.configuration("user").withSystem(GuestSystem.WINDOWS));
        guest.awaitReady(LONG, Optional::empty);
        shell = new WindowsShell(guest);
    }

    @AfterAll
    static void close() throws Exception {
        if (guest != null) {
            guest.close();
            server.close();
        }
        if (wine != null) {
            wine.close();
        }
    }

    @Test
    void cmd_s_operators_work_and_its_exit_code_arrives() {
        CommandResult result = shell.cmd("echo one&& dir /b C:\\ | find \"windows\" & exit /b 3", LONG);

        assertThat(result).hasExitStatus(3);
        assertThat(result.stdout().lines().map(String::strip)).startsWith("one", "windows");
        assertThat(shell.cmd("no-such-program", LONG)).failed();
        assertThat(shell.cmd("echo \"fine\"", LONG)).succeeded().hasOutput("\"fine\"");
    }

    /** A program of Windows that takes its words apart by the common rules, and shows what it got. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "two words",
                "a & b | c > d < e ^ f ( g ) ! h",
                "say \"hi\" & \"ho\"",
                "C:\\my dir\\",
                "back\\\"slash\\\\",
                "; , = ' ` ~ # $ @ { } [ ]"
            })
    void a_program_gets_its_words_as_they_are(String word) {
        assertThat(shell.exec(List.of("reg", "add", "HKCU\\Software\\Sanboot", "/v", "word", "/d", word, "/f"), LONG))
                .succeeded();

        assertThat(shell.exec(List.of("reg", "query", "HKCU\\Software\\Sanboot", "/v", "word"), LONG)
                        .stdout()
                        .strip())
                .endsWith("REG_SZ    " + word);
    }

    @Test
    void a_program_with_blanks_in_its_path_is_found() throws Exception {
        Path program = Files.createDirectories(wine.drive().resolve("Program Files/Registry Tools"));
        Files.copy(wine.drive().resolve("windows/system32/reg.exe"), program.resolve("my reg.exe"));

        assertThat(shell.exec(
                        List.of("C:\\Program Files\\Registry Tools\\my reg.exe", "query", "HKLM\\SYSTEM\\Setup"), LONG))
                .succeeded()
                .outputContains("SystemSetupInProgress");
    }

    /** The line of a recipe's step that runs a command file. */
    @Test
    void cmd_runs_a_command_file_with_blanks_in_its_name_and_in_its_arguments() throws Exception {
        Path script = Files.createDirectories(wine.drive().resolve("my steps")).resolve("my setup.cmd");
        Files.writeString(script, "@echo [%~1] [%~2]\r\n@exit /b 5\r\n");

        assertThat(guest.run("cmd.exe /d /s /c \"\"C:\\my steps\\my setup.cmd\" /level \"two words\"\""))
                .hasExitStatus(5)
                .hasOutput("[/level] [two words]");
    }

    @Test
    void a_script_longer_than_the_command_line_runs_and_leaves_nothing() throws Exception {
        String script = String.join(
                "\n",
                IntStream.range(0, 1000)
                        .mapToObj(i -> "set /a sum=sum+" + i + ">nul")
                        .toList());

        assertThat(shell.cmd(script + "\necho sum=%sum%\nexit /b 42", LONG))
                .hasExitStatus(42)
                .hasOutput("sum=499500");
        try (Stream<Path> left = Files.list(wine.drive().resolve("windows/temp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void files_are_copied_to_and_from_a_drive() throws Exception {
        Path file = Files.writeString(directory.resolve("note.txt"), "it was here");

        guest.copyTo(file, "C:\\Windows\\Temp\\new\\note.txt");

        assertThat(shell.cmd("type C:\\Windows\\Temp\\new\\note.txt", LONG)).hasOutput("it was here");
        guest.copyFrom("C:/Windows/Temp/new/note.txt", directory.resolve("back.txt"));
        assertThat(directory.resolve("back.txt")).hasContent("it was here");
        assertThat(shell.cmd("rd /s /q C:\\Windows\\Temp\\new", LONG)).succeeded();
    }

    @Test
    void a_windows_that_is_still_being_set_up_is_not_ready() throws Exception {
        setup("OOBEInProgress", "1");
        try {
            assertThatExceptionOfType(InfrastructureException.class)
                    .isThrownBy(() -> guest.awaitReady(LONG, afterTries(4)))
                    .withMessageContaining("Windows is still being set up (OOBEInProgress)");
        } finally {
            setup("OOBEInProgress", "0");
        }
        guest.awaitReady(LONG, Optional::empty);
    }

    /** Gives up by number and not by time: each try is more patient than the one before, for a busy machine. */
    private static Supplier<Optional<String>> afterTries(int most) {
        AtomicInteger tries = new AtomicInteger();
        return () -> tries.getAndIncrement() < most ? Optional.empty() : Optional.of("it was asked often enough");
    }

    private static void setup(String name, String value) throws Exception {
        wine.wine("wine", "reg", "add", "HKLM\\SYSTEM\\Setup", "/v", name, "/t", "REG_DWORD", "/d", value, "/f");
    }
}
