package org.sanboot.guest.ssh;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.PowerShell;

/** What a guest understands, where one operating system differs from another. */
public enum GuestSystem {
    /** Any Linux. */
    LINUX,
    /** Any Windows with its OpenSSH server. */
    WINDOWS,
    /** Anything else with an ssh server: its boots cannot be told apart, and so it cannot be rebooted from within. */
    OTHER;

    /** Setup and the out-of-box experience restart the machine when they end. */
    private static final Pattern SETUP_UNDER_WAY = Pattern.compile(
            "(SystemSetupInProgress|OOBEInProgress)\\s+REG_DWORD\\s+0x0*[1-9a-f]", Pattern.CASE_INSENSITIVE);

    /**
     * Ends all that hangs below the server's process for one connection, but for the shell that does it: TERM, and a
     * second later KILL. It finds them by /proc/PID/stat, which begins "PID (NAME) STATE PARENT". It holds no single
     * quote, because it is put into some.
     */
    private static final String END_ALL_COMMANDS = """
            tree=" $PPID "
            while more=; do
              for stat in /proc/[0-9]*/stat; do
                { read -r line < $stat; } 2>/dev/null || continue
                pid=${line%% *}
                set -- ${line##*) }
                case " $$ $tree" in *" $pid "*) continue;; esac
                case "$tree" in *" $2 "*) tree="$tree$pid "; more=1;; esac
              done
              [ "$more" ] || break
            done
            set -- ${tree#" $PPID "}
            [ $# = 0 ] || { kill -TERM "$@"; sleep 1; kill -KILL "$@"; } 2>/dev/null
            """;

    /**
     * When the first process of the system began: unlike LastBootUpTime, which is worked out from the clock, it stays the
     * same when the clock is set, as Windows does soon after a boot.
     */
    private static final String WINDOWS_BOOT_ID = """
            $first=Get-WmiObject Win32_Process -Filter "Name='smss.exe'"|Sort-Object CreationDate|Select-Object -First 1
            if($first -and $first.CreationDate){$first.CreationDate}
            else{(Get-WmiObject Win32_OperatingSystem).LastBootUpTime}""";

    /**
     * Ends all that hangs below the server's process for one connection, but for this PowerShell and what it hangs on. The
     * server is sshd.exe, from OpenSSH 9.8 on sshd-session.exe. The function's name has a hyphen because a block that begins
     * with {@code end} is PowerShell's own.
     */
    private static final String END_ALL_WINDOWS_COMMANDS = """
            $all=Get-WmiObject Win32_Process
            $own=@();$at=$all|Where-Object{$_.ProcessId -eq $PID}
            while($at -and $at.Name -notlike 'sshd*'){$own+=$at.ProcessId;$up=$at.ParentProcessId
            $at=$all|Where-Object{$_.ProcessId -eq $up}}
            function Stop-Tree($parent){$all|Where-Object{$_.ParentProcessId -eq $parent -and $own -notcontains $_.ProcessId}|
            ForEach-Object{Stop-Tree $_.ProcessId;Stop-Process -Id $_.ProcessId -Force -ErrorAction SilentlyContinue}}
            if($at){Stop-Tree $at.ProcessId}""";

    /** The bus of the disk with the root file system, below device mapper as well; BusyBox understands it. */
    private static final String LINUX_BOOT_BUS = """
            number=$(awk '$5 == "/" {n = $3} END {print n}' /proc/self/mountinfo)
            disk=$(readlink -f "/sys/dev/block/$number")
            while [ -n "$(ls "$disk/slaves" 2>/dev/null)" ]; do
              disk=$(readlink -f "$disk/slaves/$(ls "$disk/slaves" | head -n 1)")
            done
            case "$disk" in
              */session[0-9]*/target*) echo iSCSI;;
              ?*) echo "${disk#/sys/devices/}";;
              *) awk '$2 == "/" {print $1}' /proc/mounts;;
            esac
            """;

    /** MSFT_Disk's BusType 9 is iSCSI; Windows 7 has no such class, and diskpart instead. */
    private static final String WINDOWS_BOOT_BUS = """
            $disk=$null
            try{$disk=Get-CimInstance -Namespace root/Microsoft/Windows/Storage MSFT_Disk|
            Where-Object{$_.IsBoot}|Select-Object -First 1}catch{}
            if($disk){if($disk.BusType -eq 9){'iSCSI'}else{'bus type '+$disk.BusType}}
            else{$detail='select disk=system','detail disk'|diskpart
            if($detail -match ':\\s*iSCSI'){'iSCSI'}else{$detail -join ' '}}
            exit 0""";

    /** The command whose end says whether the guest is fit for use; it works in any of the system's shells. */
    Command readiness() {
        return switch (this) {
            case LINUX, OTHER -> Command.of("exit 0");
            case WINDOWS -> Command.of("reg query HKLM\\SYSTEM\\Setup");
        };
    }

    /** Why the guest is not fit for use yet, seen from the end of {@link #readiness()}. */
    Optional<String> unreadiness(CommandResult result) {
        if (result.exitStatus() != 0) {
            return Optional.of("it logs in, but '%s' ends with status %d: %s"
                    .formatted(
                            result.command(),
                            result.exitStatus(),
                            result.stderr().strip()));
        }
        var setup = SETUP_UNDER_WAY.matcher(result.stdout());
        return this == WINDOWS && setup.find()
                ? Optional.of("it logs in, but Windows is still being set up (%s)".formatted(setup.group(1)))
                : Optional.empty();
    }

    /** The command that prints a value of its own for each boot. */
    Optional<Command> bootId() {
        return switch (this) {
            case LINUX -> Optional.of(Command.of("cat /proc/sys/kernel/random/boot_id"));
            case WINDOWS -> Optional.of(PowerShell.command(WINDOWS_BOOT_ID));
            case OTHER -> Optional.empty();
        };
    }

    /** The command that reboots in good order. */
    Optional<Command> reboot() {
        return switch (this) {
            case LINUX ->
                Optional.of(Command.of(
                        "PATH=$PATH:/usr/sbin:/sbin; if [ \"$(id -u)\" = 0 ]; then reboot; else sudo -n reboot; fi"));
            case WINDOWS -> Optional.of(Command.of("shutdown /r /f /t 0"));
            case OTHER -> Optional.empty();
        };
    }

    /** The command that shuts down in good order and switches the machine off. */
    Optional<Command> shutdown() {
        return switch (this) {
            case LINUX ->
                Optional.of(
                        Command.of(
                                "PATH=$PATH:/usr/sbin:/sbin; if [ \"$(id -u)\" = 0 ]; then poweroff; else sudo -n poweroff; fi"));
            case WINDOWS -> Optional.of(Command.of("shutdown /s /f /t 0"));
            case OTHER -> Optional.empty();
        };
    }

    /**
     * The command that sets the clock of a guest that goes on from a saved state, and has it look at its disks, which makes
     * it notice that its connections are gone and ends when there is a new one.
     */
    Optional<Command> resumed(Instant now) {
        String script =
                "date -s @%d >/dev/null && for it in /sys/block/sd*/device/rescan; do [ ! -e $it ] || echo 1 >$it; done"
                        .formatted(now.getEpochSecond());
        return switch (this) {
            case LINUX ->
                Optional.of(Command.of("if [ \"$(id -u)\" = 0 ]; then %s; else sudo -n sh -c '%s'; fi"
                                .formatted(script, script))
                        .shownAs("set the clock and look at the disks"));
            case WINDOWS, OTHER -> Optional.empty();
        };
    }

    /** The command that prints what bus the boot disk is on, {@code iSCSI} if it is on that. */
    Optional<Command> bootDiskBus() {
        return switch (this) {
            case LINUX -> Optional.of(Command.of(LINUX_BOOT_BUS).shownAs("look for the bus of the boot disk"));
            case WINDOWS ->
                Optional.of(PowerShell.command(WINDOWS_BOOT_BUS).shownAs("look for the bus of the boot disk"));
            case OTHER -> Optional.empty();
        };
    }

    /**
     * The command that ends all others on its connection. Servers know signals for that, but OpenSSH takes none for root,
     * and dropbear ends the shell and lets its children go on.
     */
    Optional<Command> endOfAllCommands() {
        return switch (this) {
            case LINUX -> Optional.of(Command.of("exec sh -c '%s'".formatted(END_ALL_COMMANDS)));
            case WINDOWS -> Optional.of(PowerShell.command(END_ALL_WINDOWS_COMMANDS));
            case OTHER -> Optional.empty();
        };
    }

    /** Whether an executable is one by its mode. On Windows it is by its name, and the mode is the server's invention. */
    boolean hasExecutableBit() {
        return this != WINDOWS;
    }
}
