package org.sanboot.windows.setup;

import java.util.ArrayList;
import java.util.List;
import org.sanboot.windows.setup.SetupRelease.Trait;

/**
 * The command files and registry settings of an installation, each as the text of a file.
 *
 * <p>They use nothing that differs between languages of Windows: security identifiers instead of the names of groups, and
 * no text that a program prints.
 */
final class SetupScripts {

    /** Microsoft Learn, "Well-known SIDs": the group Administrators, and Local System. */
    private static final String ADMINISTRATORS = "*S-1-5-32-544";

    private static final String SYSTEM = "*S-1-5-18";

    private static final String AUTHENTICATED_USERS = "*S-1-5-11";

    private static final String SSH_FOLDER = "%ProgramData%\\ssh";

    /** Microsoft Learn, "OpenSSH Server configuration for Windows": of all administrators, in every version. */
    private static final String AUTHORIZED_KEYS = SSH_FOLDER + "\\administrators_authorized_keys";

    /** Where Windows keeps how it logs on by itself (Microsoft Learn, "LogonCount", and KB 324737). */
    private static final String LOGON = "\"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon\"";

    /**
     * Connects to the ssh server and reads the first four characters of its greeting (RFC 4253, section 4.2). Whatever fails
     * leaves them empty, so that the status is 1 then.
     */
    private static final String SSH_ANSWERS =
            "$c=New-Object Net.Sockets.TcpClient('127.0.0.1',22);$c.ReceiveTimeout=10000;"
                    + "$b=New-Object byte[] 4;[void]$c.GetStream().Read($b,0,4);"
                    + "if([Text.Encoding]::ASCII.GetString($b) -ne 'SSH-'){exit 1}";

    /** What ends an installation where the console has it (see the recipes of {@code sanboot image install}). */
    private static final String TROUBLE = "SANBOOT: ";

    private final SetupOptions options;

    SetupScripts(SetupOptions options) {
        this.options = options;
    }

    /**
     * Tells the setup's Windows to run {@link #startNet()} and nothing else (Microsoft Learn, "Winpeshl.ini reference").
     * Setup's own image has none, and starts setup before the network card's driver is there.
     */
    static String winPeShell() {
        return lines(
                List.of("[LaunchApps]", "%SYSTEMROOT%\\System32\\cmd.exe, /c %SYSTEMROOT%\\System32\\startnet.cmd"));
    }

    /**
     * Makes the iSCSI disk appear and starts setup.
     *
     * <p>{@code sources\setup.exe} is the one that takes {@code /unattend} in every version: since Windows 11 24H2 and
     * Server 2025, the one in the root of X: is a new program that takes no options (seen by others, not documented).
     */
    String startNet() {
        List<String> lines = new ArrayList<>(
                List.of("@echo off", "rem Runs in Windows PE: network card, iSCSI disk, then setup.", "wpeinit"));
        DriverPlaces places = DriverPlaces.of(options.drivers());
        for (DriverFolder folder : options.drivers()) {
            for (InfFile driver : folder.serving(options.networkAdapter(), options.edition())) {
                lines.add("drvload \"%s\"".formatted(places.inSetup(driver)));
            }
        }
        lines.addAll(List.of(
                "wpeutil InitializeNetwork",
                "",
                "echo list disk> X:\\list-disk.txt",
                "set tries=0",
                ":disk",
                "echo Waiting for the iSCSI disk, try %tries% of 60.",
                "diskpart /s X:\\list-disk.txt > X:\\disks.txt",
                "find \" 0  \" X:\\disks.txt > nul",
                "if not errorlevel 1 goto media",
                "set /a tries+=1",
                "if %tries% geq 60 goto nodisk",
                "ping -n 3 127.0.0.1 > nul",
                "goto disk",
                "",
                ":media",
                "set medium=",
                "set answers=",
                "for %%d in (C D E F G H I J K) do if exist %%d:\\sources\\install.wim set medium=%%d:",
                "for %%d in (C D E F G H I J K) do if exist %%d:\\sources\\install.esd set medium=%%d:",
                "for %%d in (C D E F G H I J K) do if exist %%d:\\sources\\install.swm set medium=%%d:",
                "for %%d in (C D E F G H I J K) do if exist %%d:\\sanboot\\unattend.xml set answers=%%d:\\sanboot\\unattend.xml",
                "if not defined medium goto nomedium",
                "if not defined answers goto nomedium",
                "echo Setup starts from %medium% with %answers%.",
                "%medium%\\sources\\setup.exe /unattend:%answers%",
                "if errorlevel 1 echo SANBOOT: Windows Setup ended with status %errorlevel%; see X:\\Windows\\Panther\\setupact.log.",
                "goto end",
                "",
                ":nodisk"));
        lines.addAll(told("there is no iSCSI disk. Is the network card on the screen, with an address?"));
        lines.addAll(List.of("ipconfig /all", "goto end", "", ":nomedium"));
        lines.addAll(told("a disc is missing: medium=%medium% answers=%answers%."));
        lines.addAll(List.of(
                "", ":end", "rem Setup restarts the machine itself; whoever gets here needs a prompt.", "cmd /k"));
        return lines(lines);
    }

    /** Sets the installed system up, as SYSTEM, before its first user is made. */
    String specialize() {
        List<String> lines = new ArrayList<>(List.of(
                "@echo on",
                "rem Runs in the specialize pass; specialize.log beside it has what it printed.",
                "cd /d \"%~dp0\"",
                "reg import settings.reg",
                "rem Hibernation would leave a session on the disk.",
                "powercfg -h off",
                "rem An image is used for longer than the 42 days that a password holds.",
                "net accounts /maxpwage:unlimited",
                ""));
        lines.addAll(options.openSsh().commands());
        lines.addAll(List.of(
                "sc config sshd start= auto",
                "netsh advfirewall firewall add rule name=\"OpenSSH server\" dir=in action=allow protocol=TCP localport=22",
                "rem sshd does not start when others may write to its folder, which what is made here could inherit.",
                "if not exist \"" + SSH_FOLDER + "\" md \"" + SSH_FOLDER + "\"",
                "icacls \"" + SSH_FOLDER + "\" /setowner " + ADMINISTRATORS,
                "icacls \"" + SSH_FOLDER + "\" /inheritance:r /grant:r " + inherited(ADMINISTRATORS, "F") + " /grant:r "
                        + inherited(SYSTEM, "F") + " /grant:r " + inherited(AUTHENTICATED_USERS, "RX"),
                "rem sshd ignores the file unless it belongs to administrators and the system alone.",
                "copy /y administrators_authorized_keys \"" + AUTHORIZED_KEYS + "\"",
                "icacls \"" + AUTHORIZED_KEYS + "\" /setowner " + ADMINISTRATORS,
                "icacls \"" + AUTHORIZED_KEYS + "\" /inheritance:r /grant:r " + ADMINISTRATORS + ":F /grant:r " + SYSTEM
                        + ":F",
                "exit /b 0"));
        return lines(lines);
    }

    /** Of a folder, for all that is made in it, too. */
    private static String inherited(String account, String rights) {
        return account + ":(OI)(CI)" + rights;
    }

    /**
     * Ends the installation: the machine's switching off is what tells that it is complete. It stays on when nobody could
     * log in to the image, whatever went wrong in {@link #specialize()}, and its screen says so: the ssh server has to run
     * and to answer.
     *
     * <p>Windows adds one to the number of automatic logons and keeps the password for them in the registry (Microsoft
     * Learn, "LogonCount known issue"), so that both are taken away here.
     *
     * <p>Microsoft Learn, "Windows Setup automation overview": setup keeps its answers in {@code Panther}, where sysprep
     * looks for some, too. {@code unattend-original.xml} is there since Windows 11 24H2 (seen by others, not documented).
     */
    static String firstLogon() {
        List<String> lines = new ArrayList<>(List.of(
                "@echo off",
                "rem Runs at the first logon, when setup has finished.",
                "rem The answer files that setup kept have the password in them; sysprep gets one without.",
                "del /f /q \"%SystemRoot%\\Panther\\unattend.xml\" 2> nul",
                "del /f /q \"%SystemRoot%\\Panther\\unattend-original.xml\" 2> nul",
                "del /f /q \"%SystemRoot%\\Panther\\Unattend\\unattend.xml\" 2> nul",
                "copy /y \"%~dp0sysprep.xml\" \"%SystemRoot%\\Panther\\unattend.xml\" > nul",
                "rem No automatic logon is left, and no password in the registry.",
                "reg add " + LOGON + " /v AutoAdminLogon /t REG_SZ /d 0 /f > nul",
                "reg add " + LOGON + " /v AutoLogonCount /t REG_DWORD /d 0 /f > nul",
                "reg delete " + LOGON + " /v DefaultPassword /f > nul 2>&1",
                "set missing=ssh key",
                "if not exist \"" + AUTHORIZED_KEYS + "\" goto stay",
                "set missing=service sshd",
                "sc query sshd > nul",
                "if errorlevel 1 goto stay",
                "rem It may not have started yet.",
                "set tries=0",
                ":running",
                "set missing=running ssh server",
                "sc start sshd > nul 2>&1",
                "sc query sshd | find \": 4 \" > nul",
                "if errorlevel 1 goto again",
                "set missing=answer of an ssh server on port 22",
                "powershell -NoProfile -NonInteractive -Command \"" + SSH_ANSWERS + "\"",
                "if not errorlevel 1 goto ready",
                ":again",
                "set /a tries+=1",
                "if %tries% geq 30 goto stay",
                "ping -n 3 127.0.0.1 > nul",
                "goto running",
                "",
                ":ready",
                "shutdown /s /f /t 5",
                "exit /b 0",
                "",
                ":stay",
                "rem The machine stays on, and neither sleeps nor turns its screen dark.",
                "powercfg -change -monitor-timeout-ac 0",
                "powercfg -change -standby-timeout-ac 0",
                "type \"%~dp0specialize.log\"",
                "sc query sshd",
                "icacls \"" + SSH_FOLDER + "\" /t"));
        lines.addAll(told("Windows is installed but has no %missing%. See %~dp0specialize.log."));
        lines.add("cmd /k");
        return lines(lines);
    }

    /** Says it on the screen, and on the first serial port, where whoever installs waits for such a line; it may be missing. */
    private static List<String> told(String trouble) {
        return List.of("echo " + TROUBLE + trouble, "((echo " + TROUBLE + trouble + ")> COM1) 2> nul");
    }

    /** Settings of the installed system that a file is the plainest way to. */
    String settings() {
        List<String> lines = new ArrayList<>(List.of("Windows Registry Editor Version 5.00", ""));
        // Microsoft Learn, "Configure Automatic Updates by using the registry": a test's machine must not change by
        // itself.
        set(lines, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate\\AU", "NoAutoUpdate");
        if (options.release().has(Trait.MODERN_FIRST_LOGON)) {
            // Microsoft Learn, "BitLocker drive encryption in Windows for OEMs": nobody could read an encrypted disk.
            set(lines, "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\BitLocker", "PreventDeviceEncryption");
            // Microsoft Learn, Policy CSP "Privacy/DisablePrivacyExperience": a page that waits for somebody at the
            // first logon.
            set(lines, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows\\OOBE", "DisablePrivacyExperience");
        }
        if (options.release().has(Trait.DEMANDS_NETWORK)) {
            // Not documented: what the command file oobe\BypassNRO.cmd of Windows 11 sets.
            set(lines, "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\OOBE", "BypassNRO");
        }
        return lines(lines);
    }

    private static void set(List<String> lines, String key, String value) {
        lines.addAll(List.of("[" + key + "]", "\"" + value + "\"=dword:00000001", ""));
    }

    /** Windows' programs want their own line ends. */
    private static String lines(List<String> lines) {
        return String.join("\r\n", lines) + "\r\n";
    }
}
