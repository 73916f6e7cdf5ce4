package org.sanboot.guest;

import static java.nio.charset.StandardCharsets.UTF_16LE;

import java.util.Base64;
import org.sanboot.ConfigurationException;

/** Turns PowerShell into a command that arrives in a Windows guest as it was written, whatever its ssh shell is. */
public final class PowerShell {

    /** What cmd.exe, the default shell of OpenSSH on Windows, takes in one line. */
    private static final int LONGEST_COMMAND_LINE = 8191;

    /** Encoded, because cmd and PowerShell each have their own idea of quotes. */
    private static final String PROGRAM = "powershell -NoProfile -NonInteractive -OutputFormat Text -EncodedCommand ";

    /**
     * The first error ends the script with status 1, as a test would have it; no progress bars among the output; and
     * UTF-8 instead of the OEM code page, in a spelling that PowerShell 2 of Windows 7 knows.
     */
    private static final String BEFORE = """
            $ErrorActionPreference='Stop';$ProgressPreference='SilentlyContinue'
            try{[Console]::OutputEncoding=$OutputEncoding=New-Object Text.UTF8Encoding $false}catch{}
            """;

    private static final String AFTER = "\nexit $LASTEXITCODE\n";

    private PowerShell() {}

    /**
     * Returns a command that runs a script in Windows PowerShell.
     *
     * <p>It prints UTF-8. Its exit status is that of the last program the script ran, 0 when it ran none, and 1 after
     * an error that the script did not handle.
     *
     * @param script one or several statements, some 2800 characters at most
     * @return the command, with a minute to run
     * @throws ConfigurationException when the script is too long for a Windows command line
     */
    public static Command command(String script) {
        byte[] encodable = (BEFORE + script + AFTER).getBytes(UTF_16LE);
        String line = PROGRAM + Base64.getEncoder().encodeToString(encodable);
        if (line.length() > LONGEST_COMMAND_LINE) {
            throw new ConfigurationException(
                    "A PowerShell script of %d characters is too long: encoded it takes %d of the %d that a Windows command line holds. Copy it into the guest as a .ps1 file and run that."
                            .formatted(script.length(), line.length(), LONGEST_COMMAND_LINE));
        }
        return Command.of(line);
    }
}
