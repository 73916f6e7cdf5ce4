package org.sanboot.proof;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.sanboot.guest.CommandResult;
import org.sanboot.lab.BootedHost;
import org.sanboot.proof.Finding.Verdict;

/**
 * Looks at a Windows guest by one script of Windows PowerShell, which prints lines {@code name=value} that are the same in
 * every language; a part that fails prints {@code name=!message}.
 *
 * <p>Sources, all Microsoft Learn: Win32_Service (State, StartMode), Win32_PageFileUsage, Win32_EncryptableVolume
 * (GetConversionStatus, GetProtectionStatus), "Boot critical and other events" for the log. The marks of a pending restart
 * are those that Windows' own Configuration Manager looks for.
 */
final class WindowsExamination implements Examination {

    /** PowerShell 2, of Windows 7, knows all of it. */
    static final String SCRIPT = """
            $ErrorActionPreference='Stop'
            function Say($n,$b){try{"$n="+(& $b)}catch{"$n=!"+($_.Exception.Message -replace '\\s+',' ')}}
            Say 'sshd' {$s=Get-WmiObject Win32_Service -Filter "Name='sshd'";"$($s.State),$($s.StartMode)"}
            Say 'pagefile' {(@(Get-WmiObject Win32_PageFileUsage)|ForEach-Object{$_.Name}) -join ';'}
            Say 'bitlocker' {$v=Get-WmiObject -Namespace root\\CIMV2\\Security\\MicrosoftVolumeEncryption Win32_EncryptableVolume -Filter "DriveLetter='$env:SystemDrive'";"$($v.GetConversionStatus().ConversionStatus),$($v.GetProtectionStatus().ProtectionStatus)"}
            Say 'reboot' {$r=@()
            if(Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending'){$r+='servicing'}
            if(Test-Path 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired'){$r+='update'}
            if((Get-ItemProperty 'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Session Manager').PendingFileRenameOperations){$r+='rename'}
            $r -join ','}
            $since=[Management.ManagementDateTimeConverter]::ToDateTime((Get-WmiObject Win32_OperatingSystem).LastBootUpTime)
            Say 'events' {$e=@(Get-WinEvent -FilterHashtable @{LogName='System';Level=1,2;StartTime=$since} -ErrorAction SilentlyContinue)
            ($e|ForEach-Object{"$($_.ProviderName)/$($_.Id)"}|Sort-Object -Unique) -join ';'}
            """;

    /** A machine under emulation is slow to answer questions about its log. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @Override
    public List<Finding> examine(BootedHost host) {
        List<Finding> findings = new ArrayList<>(List.of(LinuxExamination.bootDisk(host.bootDisk())));
        CommandResult result = host.powershell(SCRIPT, PATIENCE);
        findings.addAll(WindowsAnswers.of(result.stdout()).findings());
        if (result.exitStatus() != 0) {
            findings.add(new Finding(
                    "examination",
                    Verdict.DOUBT,
                    "ended with status %d: %s"
                            .formatted(result.exitStatus(), result.stderr().strip())));
        }
        return findings;
    }
}
