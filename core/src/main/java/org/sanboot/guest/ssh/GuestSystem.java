package org.sanboot.guest.ssh;

import java.time.Duration;
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

    /** Long for what they do, short for a guest that hangs. */
    private static final Duration OWN_COMMANDS_TAKE_AT_MOST = Duration.ofSeconds(20);

    /** Setup and the out-of-box experience restart the machine when they end. */
    private static final Pattern SETUP_UNDER_WAY = Pattern.compile(
            "(SystemSetupInProgress|OOBEInProgress)\\s+REG_DWORD\\s+0x0*[1-9a-f]", Pattern.CASE_INSENSITIVE);

    /**
     * Ends all that hangs below the server's process for one connection, but for the shell that does it: TERM, and a
     * second later KILL. Holds no single quote, because it is put into some.
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

    /** The command whose end says whether the guest is fit for use; it works in any of the system's shells. */
    Command readiness() {
        return switch (this) {
            case LINUX, OTHER -> own("exit 0");
            case WINDOWS -> own("reg query HKLM\\SYSTEM\\Setup");
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
            case LINUX -> Optional.of(own("cat /proc/sys/kernel/random/boot_id"));
            case WINDOWS ->
                Optional.of(PowerShell.command("(Get-WmiObject Win32_OperatingSystem).LastBootUpTime")
                        .within(OWN_COMMANDS_TAKE_AT_MOST));
            case OTHER -> Optional.empty();
        };
    }

    /** The command that reboots in good order. */
    Optional<Command> reboot() {
        return switch (this) {
            case LINUX ->
                Optional.of(own(
                        "PATH=$PATH:/usr/sbin:/sbin; if [ \"$(id -u)\" = 0 ]; then reboot; else sudo -n reboot; fi"));
            case WINDOWS -> Optional.of(own("shutdown /r /f /t 0"));
            case OTHER -> Optional.empty();
        };
    }

    /**
     * The command that ends all others on its connection. Servers know signals for that, but OpenSSH takes none for root,
     * and dropbear ends the shell and lets its children go on.
     */
    Optional<Command> endOfAllCommands() {
        return switch (this) {
            case LINUX -> Optional.of(own("exec sh -c '%s'".formatted(END_ALL_COMMANDS)));
            case WINDOWS, OTHER -> Optional.empty();
        };
    }

    /** Whether an executable is one by its mode. On Windows it is by its name, and the mode is the server's invention. */
    boolean hasExecutableBit() {
        return this != WINDOWS;
    }

    private static Command own(String text) {
        return Command.of(text).within(OWN_COMMANDS_TAKE_AT_MOST);
    }
}
