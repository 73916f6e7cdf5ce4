package org.sanboot.recipe;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.PowerShell;

/**
 * Steps in a Windows guest, done by whoever the image logs in as, which should be an administrator.
 *
 * <p>Everything is a PowerShell script that comes encoded through standard input: of any length, in any language, and on
 * no command line that others see, for the environment may hold secrets.
 */
final class WindowsSteps implements GuestSteps {

    private static final String DIRECTORY = "C:\\Windows\\Temp\\sanboot-recipe";

    private static final Duration SHORT = Duration.ofMinutes(2);
    private static final Duration SHUT_DOWN_TIMEOUT = Duration.ofMinutes(30);

    /** Success, success that a reboot completes, and the same with a reboot begun (ERROR_SUCCESS_REBOOT_...). */
    private static final Set<Integer> INSTALLED = Set.of(0, 3010, 1641);

    /** pnputil also says ERROR_NO_MORE_ITEMS, when every driver was there already or none fits a device yet. */
    private static final Set<Integer> DRIVERS_ADDED = Set.of(0, 259, 3010);

    /** Over ssh, an administrator's rights are not held back as they are on the desktop. */
    private static final String IS_ADMINISTRATOR = """
            $me=New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
            $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)
            """;

    /** The environment first, and then the script by itself: what begins with param() must begin with it. */
    private static final String LOADER = """
            $parts=[Console]::In.ReadToEnd().Trim().Split(' ')|ForEach-Object{[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($_))}
            . ([ScriptBlock]::Create($parts[0]))
            & ([ScriptBlock]::Create($parts[1]))
            """;

    private final GuestShell shell;
    private final String environment;

    WindowsSteps(GuestShell shell, Map<String, String> environment) {
        this.shell = shell;
        this.environment = environment.entrySet().stream()
                .map(variable -> "$env:%s=%s%n".formatted(variable.getKey(), PowerShell.literal(variable.getValue())))
                .collect(Collectors.joining());
    }

    @Override
    public void begin() {
        CommandResult answer =
                shell.host().run(PowerShell.command(IS_ADMINISTRATOR).within(SHORT));
        if (answer.stdout().strip().equals("False")) {
            throw new ConfigurationException(
                    "The steps of a recipe need an administrator, and the image '%s' logs in as another user; import it with --user and an administrator's name."
                            .formatted(shell.host().image()));
        }
        powershell(
                "make a directory for the recipe",
                "New-Item -ItemType Directory -Force %s | Out-Null".formatted(PowerShell.literal(DIRECTORY)),
                SHORT);
    }

    @Override
    public void copy(Step.CopyFile step) {
        shell.copy(step.from(), step.to());
    }

    @Override
    public void write(Step.WriteText step) {
        String content = Base64.getEncoder().encodeToString(step.text().getBytes(UTF_8));
        powershell(step.title(), """
                $path=%s
                New-Item -ItemType Directory -Force ([IO.Path]::GetDirectoryName($path)) | Out-Null
                [IO.File]::WriteAllBytes($path,[Convert]::FromBase64String('%s'))
                """.formatted(PowerShell.literal(step.to()), content), SHORT);
    }

    @Override
    public void install(Step.InstallPackages step) {
        for (int index = 0; index < step.files().size(); index++) {
            Path file = step.files().get(index);
            String remote = copied(file, "%d-%d".formatted(step.line(), index));
            boolean msi = file.toString().toLowerCase(Locale.ROOT).endsWith(".msi");
            String script = msi ? msiexec(remote, step.arguments()) : installer(remote, step.arguments());
            powershell(step.title(), script, step.timeout(), INSTALLED);
        }
    }

    /** Copies to a directory of a step's own: files of several steps, or of one, may have the same name. */
    private String copied(Path local, String own) {
        String remote = "%s\\%s\\%s".formatted(DIRECTORY, own, local.getFileName());
        shell.copy(local, remote);
        return remote;
    }

    /** What went wrong stands in the installer's log alone. */
    private static String msiexec(String msi, String arguments) {
        return """
                $log=%s
                $line='/i "'+%s+'" /qn /norestart /l* "'+$log+'" '+%s
                $status=(Start-Process msiexec.exe -ArgumentList $line -Wait -PassThru).ExitCode
                if(0,3010,1641 -notcontains $status){Get-Content $log|Select-Object -Last 20}
                exit $status
                """.formatted(PowerShell.literal(msi + ".log"), PowerShell.literal(msi), PowerShell.literal(arguments));
    }

    private static String installer(String program, String arguments) {
        String list = arguments.isEmpty() ? "" : "-ArgumentList " + PowerShell.literal(arguments) + " ";
        return "exit (Start-Process %s %s-Wait -PassThru).ExitCode%n".formatted(PowerShell.literal(program), list);
    }

    @Override
    public void install(Step.InstallDrivers step) {
        String remote = copied(step.directory(), String.valueOf(step.line()));
        powershell(step.title(), adding(remote), step.timeout(), DRIVERS_ADDED);
    }

    /** pnputil has its words since Windows 10 1607, and before that letters that take one driver at a time. */
    private static String adding(String directory) {
        return """
                $directory=%s
                if([Environment]::OSVersion.Version -ge [Version]'10.0.14393'){
                pnputil.exe /add-driver ($directory+'\\*.inf') /subdirs /install
                exit $LASTEXITCODE
                }
                $status=0
                foreach($inf in Get-ChildItem $directory -Recurse -Include *.inf){
                pnputil.exe -i -a $inf.FullName
                if(0,259,3010 -notcontains $LASTEXITCODE){$status=$LASTEXITCODE}
                }
                exit $status
                """.formatted(PowerShell.literal(directory));
    }

    @Override
    public void run(Step.RunScript step) {
        String own = String.valueOf(step.line());
        if (step.file().toString().toLowerCase(Locale.ROOT).endsWith(".ps1")) {
            String remote = PowerShellFile.marked(step.file(), file -> copied(file, own));
            String call = "& %s %s".formatted(PowerShell.literal(remote), step.arguments());
            powershell(step.title(), call, step.timeout());
            return;
        }
        // cmd takes the outer pair of quotes away and leaves the inner ones.
        String line = "\"\"%s\" %s\"".formatted(copied(step.file(), own), step.arguments());
        powershell(step.title(), PowerShell.starting("cmd.exe", "/d /s /c " + line), step.timeout());
    }

    @Override
    public void run(Step.RunCommands step) {
        powershell(step.title(), step.commands(), step.timeout());
    }

    @Override
    public void set(Step.SetRegistry step) {
        String script = step.values().stream()
                .map(value -> "[Microsoft.Win32.Registry]::SetValue(%s,%s,%s,'%s')%n"
                        .formatted(
                                PowerShell.literal(step.key()),
                                PowerShell.literal(value.name()),
                                literal(value),
                                value.type().kind()))
                .collect(Collectors.joining());
        powershell(step.title(), script, SHORT);
    }

    /** Numbers above the sign bit are written as the negative ones with the same bits. */
    private static String literal(RegistryValue value) {
        String first = value.data().stream().findFirst().orElse("");
        return switch (value.type()) {
            case STRING, EXPAND -> PowerShell.literal(first);
            case LIST ->
                value.data().stream().map(PowerShell::literal).collect(Collectors.joining(",", "[string[]]@(", ")"));
            case DWORD -> "[int](%d)".formatted((int) Long.parseLong(first));
            case QWORD -> "[long](%d)".formatted(Long.parseUnsignedLong(first));
            case BINARY ->
                "[byte[]]@(%s)".formatted(first.replaceAll("..", "0x$0,").replaceFirst(",$", ""));
        };
    }

    @Override
    public void reboot() {
        shell.host().reboot();
    }

    /** Not by the power button: with fast startup, that hibernates the kernel instead of ending it. */
    @Override
    public void shutDown() {
        powershell(
                "remove the recipe's directory",
                "Remove-Item -Recurse -Force %s".formatted(PowerShell.literal(DIRECTORY)),
                SHORT);
        request(Command.of("shutdown /s /f /t 0"));
        try {
            Awaitility.await("Windows shuts down")
                    .atMost(SHUT_DOWN_TIMEOUT)
                    .until(() -> !isOn() || shell.trouble().isPresent());
        } catch (ConditionTimeoutException e) {
            throw new TestException(
                    "Windows did not shut down within %d minutes.".formatted(SHUT_DOWN_TIMEOUT.toMinutes()), e);
        }
        if (isOn()) {
            throw new TestException(
                    "Windows did not shut down: " + shell.trouble().orElse("it is on again") + ".");
        }
    }

    /** It may go down before it can say how the command ended; above 127, a signal ended it for the same reason. */
    private void request(Command shutDown) {
        CommandResult result;
        try {
            result = shell.host().run(shutDown);
        } catch (InfrastructureException | TestException e) {
            return;
        }
        if (result.exitStatus() > 0 && result.exitStatus() < 128) {
            throw new TestException(
                    "Windows refuses to shut down:%n  %s%n%s".formatted(result.command(), result.transcript()));
        }
    }

    private boolean isOn() {
        return shell.host().power().isOn();
    }

    private void powershell(String shown, String script, Duration timeout) {
        powershell(shown, script, timeout, Set.of(0));
    }

    private void powershell(String shown, String script, Duration timeout, Set<Integer> fine) {
        // A part that is empty would not be a part.
        String input = encoded(environment + "\n") + " " + encoded(script);
        shell.run(PowerShell.command(LOADER).withInput(input).within(timeout).shownAs(shown), fine);
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
