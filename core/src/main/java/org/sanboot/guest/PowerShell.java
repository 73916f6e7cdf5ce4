package org.sanboot.guest;

import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sanboot.ConfigurationException;

/** Turns PowerShell into a command that arrives in a Windows guest as it was written, whatever its ssh shell is. */
public final class PowerShell {

    /**
     * What cmd.exe, the default shell of OpenSSH on Windows, takes in one line, with room for what ssh server and shell put
     * around it.
     */
    static final int LONGEST_COMMAND_LINE = 8191 - 128;

    /**
     * Encoded, because cmd and PowerShell each have their own idea of quotes. Scripts that are copied into the guest have
     * no signature, which many an execution policy demands.
     */
    private static final String PROGRAM =
            "powershell -NoProfile -NonInteractive -OutputFormat Text -ExecutionPolicy Bypass -EncodedCommand ";

    /**
     * The first error ends the script with status 1, as a test would have it; no progress bars among the output; and
     * UTF-8 instead of the OEM code page, in a spelling that PowerShell 2 of Windows 7 knows.
     */
    private static final String BEFORE = """
            $ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue'
            try{[Console]::OutputEncoding=$OutputEncoding=New-Object Text.UTF8Encoding $false}catch{}
            """;

    private static final String AFTER = "\nexit $LASTEXITCODE\n";

    /** PowerShell takes typographic quotes for quotes too. */
    private static final Pattern SINGLE_QUOTE = Pattern.compile("['\u2018\u2019\u201a\u201b]");

    private PowerShell() {}

    /**
     * Returns a command that runs a script in Windows PowerShell.
     *
     * <p>It prints UTF-8. Its exit status is that of the last program the script ran, 0 when it ran none, and 1 after
     * an error that the script did not handle.
     *
     * @param script one or several statements, some 2700 characters at most
     * @return the command, with a minute to run
     * @throws ConfigurationException when the script is too long for a Windows command line
     */
    public static Command command(String script) {
        return line(script)
                .orElseThrow(() -> new ConfigurationException(
                        "A PowerShell script of %d characters is too long for the %d that a Windows command line holds; run it with a WindowsShell, which copies it into the guest."
                                .formatted(script.length(), LONGEST_COMMAND_LINE)));
    }

    /**
     * Returns PowerShell that starts a program by a line which it leaves alone, waits for it, and ends with its exit code.
     * The program has PowerShell's own streams. PowerShell's operators would put quotation marks of their own into the
     * line.
     *
     * @param program with its path, or found by the guest's PATH
     * @param arguments as the program gets them
     * @return statements, the last ones of a script
     */
    public static String starting(String program, String arguments) {
        return """
                $start=New-Object Diagnostics.ProcessStartInfo
                $start.FileName=%s
                $start.Arguments=%s
                $start.UseShellExecute=$false
                $process=[Diagnostics.Process]::Start($start)
                $process.WaitForExit()
                exit $process.ExitCode""".formatted(literal(program), literal(arguments));
    }

    /**
     * Makes of a text what PowerShell takes for that text.
     *
     * @param text with any characters
     * @return the text in quotation marks
     */
    public static String literal(String text) {
        return "'" + SINGLE_QUOTE.matcher(text).replaceAll("$0$0") + "'";
    }

    /** Returns a command that needs no file, if the script is short enough for one. */
    static Optional<Command> line(String script) {
        byte[] encodable = (BEFORE + script + AFTER).getBytes(UTF_16LE);
        String line = PROGRAM + Base64.getEncoder().encodeToString(encodable);
        return line.length() > LONGEST_COMMAND_LINE ? Optional.empty() : Optional.of(Command.of(line));
    }

    /**
     * Returns a command that runs a file in the guest as {@link #command} runs a script. PowerShell's own option for files,
     * {@code -File}, is not used: version 2, of Windows 7, ends with status 0 after an error then.
     */
    static Command file(String path) {
        return command("& " + literal(path));
    }
}
