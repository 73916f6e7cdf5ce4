package org.sanboot.guest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/**
 * Runs programs, PowerShell and cmd in a Windows guest, so that they get what was written and what they print is read as
 * it was meant: in UTF-8, without what PowerShell says to other PowerShells.
 *
 * <p>Whatever is too long for a command line, or has several lines, is copied into the guest as a file, run, and removed.
 * The ssh server's shell may be cmd.exe, which it is unless somebody changed it, or PowerShell. Thread-safe.
 */
public final class WindowsShell {

    private static final Logger LOGGER = Logging.logger(WindowsShell.class);

    /** Everybody may write there, and its name needs no quotes. */
    private static final String DIRECTORY = "C:/Windows/Temp/";

    /** So that PowerShell 5 does not take a file for one in the code page of the guest's language. */
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /**
     * cmd's built-in commands and most programs print in the console's code page. Where there is no console, chcp fails,
     * which must not become the exit code of an echo, since that sets none.
     */
    private static final String IN_UTF_8 = "chcp 65001>nul 2>nul || cmd.exe /d /c exit 0";

    private static final Duration OWN_COMMANDS_TAKE_AT_MOST = Duration.ofSeconds(30);

    private final Guest guest;

    /** Whether the ssh server's shell is cmd.exe, once that is known. */
    private volatile Optional<Boolean> speaksCmd = Optional.empty();

    /**
     * Wraps a guest.
     *
     * @param guest a Windows that runs an ssh server; stays the caller's
     */
    public WindowsShell(Guest guest) {
        this.guest = guest;
    }

    /**
     * Runs a script in Windows PowerShell; its first error ends it with status 1.
     *
     * @param script of any length
     * @param timeout how long it may take, more than zero
     * @return what it printed, and its last program's exit code: 0 when it ran none, 1 after an error
     * @throws org.sanboot.TestException when the time is over; it holds the output so far
     */
    public CommandResult powershell(String script, Duration timeout) {
        Optional<Command> line = PowerShell.line(script);
        return line.isPresent()
                ? run(line.get().shownAs(script), timeout)
                : runAsFile(
                        ".ps1",
                        BYTE_ORDER_MARK + script,
                        file -> PowerShell.file(file).shownAs(script),
                        timeout);
    }

    /**
     * Runs what one would type at cmd's prompt; several lines are run as a batch file, where {@code %} is written twice
     * in loops.
     *
     * @param text of any length
     * @param timeout how long it may take, more than zero
     * @return what it printed, and the exit code
     * @throws org.sanboot.TestException when the time is over; it holds the output so far
     */
    public CommandResult cmd(String text, Duration timeout) {
        String stripped = text.strip();
        boolean oneLine = stripped.lines().count() <= 1;
        String line = IN_UTF_8 + " & " + stripped;
        if (oneLine && line.length() <= PowerShell.LONGEST_COMMAND_LINE) {
            // A line that begins with no quotation mark keeps its last one (cmd /?: "strip the leading character").
            return runLine(line, "cmd.exe /d /s /c \"" + line + "\"", stripped, timeout);
        }
        String batch = "@echo off\r\n@" + IN_UTF_8 + "\r\n"
                + String.join("\r\n", stripped.lines().toList())
                + "\r\n@exit /b %ERRORLEVEL%\r\n";
        return runAsFile(
                ".cmd", batch, file -> Command.of("cmd.exe /d /c " + file).shownAs(stripped), timeout);
    }

    /**
     * Runs a program with arguments that it gets as they are, whatever characters they hold.
     *
     * @param words the program, with its path or found by the guest's PATH, and its arguments
     * @param timeout how long it may take, more than zero
     * @return what it printed, and its exit code
     * @throws org.sanboot.ConfigurationException when the program is a batch file, which only {@code cmd} runs rightly
     * @throws org.sanboot.TestException when the time is over; it holds the output so far
     */
    public CommandResult exec(List<String> words, Duration timeout) {
        String line = WindowsQuoting.line(words);
        String escaped = WindowsQuoting.throughCmd(line);
        // A first word in plain quotation marks would have cmd strip the line's first and last one.
        boolean fitsCmd = line.lines().count() <= 1 && escaped.length() <= PowerShell.LONGEST_COMMAND_LINE;
        return fitsCmd ? runLine(IN_UTF_8 + " & " + escaped, line, line, timeout) : powershell(started(line), timeout);
    }

    private CommandResult runLine(String inCmd, String asProcess, String shown, Duration timeout) {
        return speaksCmd() ? run(Command.of(inCmd).shownAs(shown), timeout) : powershell(started(asProcess), timeout);
    }

    private static String started(String line) {
        int end = line.startsWith("\"") ? line.indexOf('"', 1) + 1 : (line + " ").indexOf(' ');
        return PowerShell.starting(
                line.substring(0, end).replace("\"", ""), line.substring(end).strip());
    }

    /** Only cmd.exe knows what stands between percent signs; PowerShell prints it as it is. */
    private boolean speaksCmd() {
        Optional<Boolean> known = speaksCmd;
        if (known.isEmpty()) {
            String answer = guest.run(Command.of("echo %ComSpec%").within(OWN_COMMANDS_TAKE_AT_MOST))
                    .stdout();
            known = Optional.of(!answer.contains("%ComSpec%"));
            speaksCmd = known;
        }
        return known.orElseThrow();
    }

    private CommandResult runAsFile(
            String ending, String content, Function<String, Command> command, Duration timeout) {
        String remote = DIRECTORY + "sanboot-" + UUID.randomUUID() + ending;
        upload(content, remote);
        String file = remote.replace('/', '\\');
        try {
            return run(command.apply(file), timeout);
        } finally {
            remove(file);
        }
    }

    private void upload(String content, String remote) {
        try {
            Path local = Files.createTempFile("sanboot-script", null);
            try {
                guest.copyTo(Files.writeString(local, content, UTF_8), remote);
            } finally {
                Files.delete(local);
            }
        } catch (IOException e) {
            throw new InfrastructureException("A script for the guest cannot be written on this host: " + e, e);
        }
    }

    private void remove(String file) {
        try {
            guest.run(Command.of("cmd.exe /d /c del /f /q " + file).within(OWN_COMMANDS_TAKE_AT_MOST));
        } catch (SanbootException e) {
            // The script may have shut the guest down.
            LOGGER.debug("Cannot remove {} from the guest: {}", file, e.toString());
        }
    }

    private CommandResult run(Command command, Duration timeout) {
        CommandResult result = guest.run(command.within(timeout));
        return new CommandResult(
                result.command(),
                result.exitStatus(),
                WindowsOutput.clean(result.stdout()),
                WindowsOutput.clean(result.stderr()),
                result.duration());
    }
}
