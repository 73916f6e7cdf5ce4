package org.sanboot.windows.setup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sanboot.process.FileTrees;
import org.sanboot.process.Programs;
import org.sanboot.windows.Tools;

/**
 * Runs the command files by Wine's cmd and imports the registry files by its reg, in place of Windows'. Programs that Wine
 * lacks are command files that log how they were called; as a command file that runs another must call it, {@code call} is
 * put before their names.
 */
@Tag("boot")
class WineIT {

    private static final List<String> FAKES = List.of(
            "wpeinit",
            "drvload",
            "wpeutil",
            "diskpart",
            "ping",
            "ipconfig",
            "powercfg",
            "powershell",
            "msiexec",
            "sc",
            "netsh",
            "net",
            "icacls",
            "shutdown");

    private static final String KEYS = "\"C:\\ProgramData\\ssh\\administrators_authorized_keys\"";
    private static final String WINLOGON = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon";
    private static final String RUNNING = "@echo         STATE              : 4  RUNNING\r\n";

    private static final List<String> STAYS_ON = List.of(
            "powercfg -change -monitor-timeout-ac 0",
            "powercfg -change -standby-timeout-ac 0",
            "sc query sshd",
            "icacls \"C:\\ProgramData\\ssh\" /t");

    /** Not JUnit's to delete: Wine's server outlives the last program by seconds, and links to the home directory. */
    private static Path wine;

    @TempDir
    private Path directory;

    /** Windows' drives, by letter. */
    private Path ram;

    private Path disc;
    private Path medium;

    @BeforeAll
    static void makePrefix() throws Exception {
        Tools.require("wine");
        wine = Files.createTempDirectory("sanboot-wine");
        // Without it, each program would start Wine's services anew.
        server("-p600");
        run(wine, "wineboot", "-i");
    }

    @AfterAll
    static void endServer() throws Exception {
        if (wine == null) {
            return;
        }
        server("-k");
        await("Wine's server ends")
                .atMost(1, TimeUnit.MINUTES)
                .ignoreExceptions()
                .until(() -> {
                    FileTrees.delete(wine);
                    return !Files.exists(wine);
                });
    }

    private static void server(String option) throws Exception {
        Process process = start("wineserver", wine, option);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    }

    @BeforeEach
    void prepareDrives() throws IOException {
        ram = drive("x", Files.createDirectories(directory.resolve("ram")));
        disc = drive("d", Files.createDirectories(directory.resolve("disc")));
        medium = drive("e", Files.createDirectories(directory.resolve("medium")));
        for (String name : FAKES) {
            fake(name, "");
        }
        Samples.write(disc.resolve("sanboot/unattend.xml"), "answers");
        Samples.write(medium.resolve("sources/install.wim"), "images");
    }

    @Test
    void setup_starts_once_the_disk_is_there() throws Exception {
        fake(
                "diskpart",
                "@if exist X:\\seen (echo   Disk 0    Online           64 GB    64 GB) else (echo   Disk ###  Status) \r\n@echo. > X:\\seen\r\n");
        setupProgram("");

        String screen = runCommandFile("windows10", "startnet.cmd");

        assertThat(calls())
                .startsWith(
                        "wpeinit",
                        "drvload \"X:\\sanboot\\drivers\\1\\netkvm.inf\"",
                        "wpeutil InitializeNetwork",
                        "diskpart /s X:\\list-disk.txt")
                .endsWith("diskpart /s X:\\list-disk.txt", "setup /unattend:D:\\sanboot\\unattend.xml")
                .filteredOn(call -> call.startsWith("diskpart"))
                .hasSize(2);
        assertThat(screen).contains("Waiting for the iSCSI disk, try 1 of 60.", "Setup starts from E:");
        assertThat(ram.resolve("list-disk.txt")).content().startsWith("list disk");
    }

    @Test
    void without_a_disk_the_screen_says_so_and_setup_does_not_start() throws Exception {
        setupProgram("");

        String screen = runCommandFile("windows7", "startnet.cmd");

        assertThat(screen).contains("try 59 of 60", "SANBOOT: there is no iSCSI disk.");
        assertThat(calls())
                .endsWith("ipconfig /all")
                .noneMatch(call -> call.startsWith("setup") || call.startsWith("drvload"));
    }

    @Test
    void without_the_medium_the_screen_says_which_is_missing() throws Exception {
        fake("diskpart", "@echo   Disk 0    Online           64 GB    64 GB\r\n");
        Files.delete(medium.resolve("sources/install.wim"));

        assertThat(runCommandFile("server2025", "startnet.cmd"))
                .contains("SANBOOT: a disc is missing: medium= answers=D:\\sanboot\\unattend.xml.");
    }

    @Test
    void setup_that_fails_is_shown() throws Exception {
        fake("diskpart", "@echo   Disk 0    Online           64 GB    64 GB\r\n");
        setupProgram("@exit /b 31\r\n");

        // Wine makes 1 of every status of a command file that was called.
        assertThat(runCommandFile("windows11", "startnet.cmd")).contains("SANBOOT: Windows Setup ended with status ");
    }

    @Test
    void specialize_sets_up_ssh_and_the_registry() throws Exception {
        Path system = Files.createDirectories(ram.resolve("system"));
        Samples.write(system.resolve("OpenSSH/sshd.exe"), "sshd");
        Samples.write(system.resolve("administrators_authorized_keys"), Samples.SSH_KEY);
        Samples.write(system.resolve("settings.reg"), windows("windows11/settings.reg"));

        String log = runCommandFile("windows11", "specialize.cmd", system);

        Path drive = wine.resolve("prefix/drive_c");
        assertThat(drive.resolve("ProgramData/ssh/administrators_authorized_keys"))
                .hasContent(Samples.SSH_KEY);
        assertThat(drive.resolve("Program Files/OpenSSH/sshd.exe")).isRegularFile();
        assertThat(calls())
                .as(log)
                .containsExactly(
                        "powercfg -h off",
                        "net accounts /maxpwage:unlimited",
                        "powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -Command"
                                + " \"& 'C:\\Program Files\\OpenSSH\\install-sshd.ps1' -Confirm:$false\"",
                        "sc config sshd start= auto",
                        "netsh advfirewall firewall add rule name=\"OpenSSH server\" dir=in action=allow protocol=TCP"
                                + " localport=22",
                        "icacls \"C:\\ProgramData\\ssh\" /setowner *S-1-5-32-544",
                        "icacls \"C:\\ProgramData\\ssh\" /inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F /grant:r"
                                + " *S-1-5-18:(OI)(CI)F /grant:r *S-1-5-11:(OI)(CI)RX",
                        "icacls " + KEYS + " /setowner *S-1-5-32-544",
                        "icacls " + KEYS + " /inheritance:r /grant:r *S-1-5-32-544:F /grant:r *S-1-5-18:F");
        assertThat(query("HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\OOBE", "BypassNRO"))
                .contains("REG_DWORD", "0x1");
    }

    @Test
    void every_registry_file_is_imported_as_it_reads() throws Exception {
        List<String> commands = new ArrayList<>();
        for (String name :
                List.of("windows7", "windows10", "windows11", "server2019", "server2022-french", "server2025")) {
            String text = windows(name + "/settings.reg");
            Samples.write(ram.resolve(name + ".reg"), text);
            commands.add("reg import X:\\" + name + ".reg");
            String key = "";
            for (String line : text.split("\r\n")) {
                if (line.startsWith("[")) {
                    key = line.substring(1, line.length() - 1);
                } else if (line.startsWith("\"")) {
                    String value = line.substring(1, line.indexOf('"', 1));
                    commands.add("reg query \"%s\" /v %s | find \"0x1\"".formatted(key, value));
                    commands.add("if errorlevel 1 exit /b 1");
                    commands.add("reg delete \"%s\" /v %s /f".formatted(key, value));
                }
            }
        }
        Samples.write(ram.resolve("import.cmd"), String.join("\r\n", commands) + "\r\n");

        String log = run(directory, "cmd", "/c", "X:\\import.cmd");

        assertThat(log.split("PreventDeviceEncryption +REG_DWORD +0x1", -1))
                .as(log)
                .hasSize(6);
        assertThat(log.split("NoAutoUpdate +REG_DWORD +0x1", -1)).as(log).hasSize(7);
    }

    @Test
    void first_logon_leaves_no_password_but_answers_for_sysprep_and_switches_off() throws Exception {
        Path panther = wine.resolve("prefix/drive_c/windows/Panther");
        Samples.write(panther.resolve("unattend.xml"), "with a password");
        Samples.write(panther.resolve("unattend-original.xml"), "with a password");
        Samples.write(panther.resolve("Unattend/unattend.xml"), "with a password");
        Samples.write(ram.resolve("sysprep.xml"), "without");
        installedSsh(true);
        run(directory, "reg", "add", WINLOGON, "/v", "DefaultPassword", "/d", "secret", "/f");

        String screen = runCommandFile("", "first-logon.cmd");

        assertThat(query(WINLOGON, "AutoLogonCount")).contains("REG_DWORD", "0x0");
        assertThat(run(directory, "reg", "query", WINLOGON)).doesNotContain("DefaultPassword");
        assertThat(panther.resolve("unattend.xml")).hasContent("without");
        assertThat(panther.resolve("unattend-original.xml")).doesNotExist();
        assertThat(panther.resolve("Unattend/unattend.xml")).doesNotExist();
        assertThat(calls())
                .filteredOn(call -> !call.startsWith("powershell"))
                .containsExactly("sc query sshd", "sc start sshd", "sc query sshd", "shutdown /s /f /t 5");
        assertThat(calls()).filteredOn(call -> call.contains("'SSH-'")).hasSize(1);
        assertThat(screen).doesNotContain("SANBOOT:");
    }

    @Test
    void without_an_ssh_server_the_screen_says_so_and_the_machine_stays_on() throws Exception {
        installedSsh(true);
        fake("sc", "@exit /b 1060\r\n");

        String screen = runCommandFile("", "first-logon.cmd");

        assertThat(screen.lines().map(String::strip))
                .containsSubsequence(
                        "msiexec: this is why",
                        "SANBOOT: Windows is installed but has no service sshd. See X:\\specialize.log.");
        assertThat(calls()).startsWith("sc query sshd").endsWith(STAYS_ON.toArray(String[]::new));
    }

    /** It was there, but refused to start: its folder could be written by anybody. */
    @Test
    void an_ssh_server_that_does_not_run_is_none() throws Exception {
        installedSsh(true);
        fake("sc", "@echo         STATE              : 1  STOPPED\r\n");

        String screen = runCommandFile("", "first-logon.cmd");

        assertThat(screen)
                .contains("SANBOOT: Windows is installed but has no running ssh server. See X:\\specialize.log.");
        assertThat(calls()).noneMatch(call -> call.startsWith("shutdown") || call.startsWith("powershell"));
        assertThat(calls()).filteredOn(call -> call.equals("sc start sshd")).hasSize(30);
    }

    @Test
    void an_ssh_server_that_does_not_answer_is_none() throws Exception {
        installedSsh(true);
        fake("powershell", "@exit /b 1\r\n");

        String screen = runCommandFile("", "first-logon.cmd");

        assertThat(screen).contains("SANBOOT: Windows is installed but has no answer of an ssh server on port 22.");
        assertThat(calls()).noneMatch(call -> call.startsWith("shutdown"));
    }

    @Test
    void without_the_ssh_key_the_screen_says_so_and_the_machine_stays_on() throws Exception {
        installedSsh(false);

        String screen = runCommandFile("", "first-logon.cmd");

        assertThat(screen.lines().map(String::strip))
                .containsSubsequence(
                        "msiexec: this is why",
                        "SANBOOT: Windows is installed but has no ssh key. See X:\\specialize.log.");
        assertThat(calls()).endsWith(STAYS_ON.toArray(String[]::new)).noneMatch(call -> call.startsWith("shutdown"));
    }

    /** Leaves what the specialize pass leaves; the drive C: is that of all tests. */
    private void installedSsh(boolean withKey) throws IOException {
        Path key = wine.resolve("prefix/drive_c/ProgramData/ssh/administrators_authorized_keys");
        Files.deleteIfExists(key);
        if (withKey) {
            Samples.write(key, Samples.SSH_KEY);
        }
        Samples.write(ram.resolve("specialize.log"), "msiexec: this is why\r\n");
        fake("sc", RUNNING + "@exit /b 0\r\n");
    }

    /** What the answer file runs before that: it finds the disc among the drives. */
    @Test
    void the_disc_is_found_and_copied() throws Exception {
        Samples.write(disc.resolve("sanboot/system/specialize.cmd"), "rem");
        Samples.write(disc.resolve("sanboot/system/OpenSSH/sshd.exe"), "sshd");
        String command = GoldenFilesTest.golden("windows11/unattend.xml")
                .orElseThrow()
                .lines()
                .filter(line -> line.contains("xcopy.exe"))
                .map(line -> line.replaceAll("</?Path>", "").strip().replace("C:\\sanboot", "X:\\sanboot"))
                .collect(Collectors.joining());

        run(directory, command.split(" "));

        assertThat(ram.resolve("sanboot/OpenSSH/sshd.exe")).isRegularFile();
        assertThat(ram.resolve("sanboot/specialize.cmd")).isRegularFile();
        assertThat(ram.resolve("sanboot/unattend.xml")).doesNotExist();
    }

    private Path drive(String letter, Path target) throws IOException {
        Path link = wine.resolve("prefix/dosdevices").resolve(letter + ":");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
        return target;
    }

    private void fake(String name, String more) {
        Samples.write(
                directory.resolve("programs").resolve(name + ".cmd"), "@>>X:\\calls echo " + name + " %*\r\n" + more);
    }

    private void setupProgram(String more) {
        Samples.write(medium.resolve("sources/setup.cmd"), "@>>X:\\calls echo setup %*\r\n" + more);
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(ram.resolve("calls")).stream()
                .map(line -> line.strip())
                .toList();
    }

    private static String windows(String golden) {
        return GoldenFilesTest.golden(golden).orElseThrow().replace("\n", "\r\n");
    }

    private String runCommandFile(String folder, String name) throws Exception {
        return runCommandFile(folder, name, ram);
    }

    private String runCommandFile(String folder, String name, Path where) throws Exception {
        String text = windows(folder.isEmpty() ? name : folder + "/" + name)
                .replaceAll("(?m)^(" + String.join("|", FAKES) + ") ?", "call $1 ")
                .replace("%medium%\\sources\\setup.exe", "call %medium%\\sources\\setup.cmd")
                .replace("cmd /k", "exit /b 0");
        Samples.write(where.resolve(name), text);
        return run(
                directory,
                "cmd",
                "/c",
                "X:\\" + ram.relativize(where.resolve(name)).toString().replace('/', '\\'));
    }

    private String query(String key, String value) throws Exception {
        return run(directory, "reg", "query", key, "/v", value);
    }

    private static String run(Path directory, String... command) throws Exception {
        Process process = start("wine", directory, command);
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("%s: %s", String.join(" ", command), output)
                .isZero();
        return output;
    }

    private static Process start(String program, Path directory, String... command) throws IOException {
        List<String> words = new ArrayList<>(List.of(command));
        words.add(0, Programs.find(program).orElseThrow().toString());
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.environment()
                .putAll(Map.of(
                        "WINEPREFIX", wine.resolve("prefix").toString(),
                        "WINEDEBUG", "-all",
                        "WINEDLLOVERRIDES", "winemenubuilder.exe,mscoree,mshtml=",
                        "DISPLAY", "",
                        "WINEPATH",
                                "Z:" + directory.resolve("programs").toString().replace('/', '\\')));
        return builder.start();
    }
}
