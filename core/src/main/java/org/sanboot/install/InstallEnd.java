package org.sanboot.install;

import java.util.regex.Pattern;

/** How an installation shows that it is complete. A machine that is still on then is asked to shut down. */
public sealed interface InstallEnd {

    /** The guest switches the machine off, the installer or what it has installed. */
    record PowerOff() implements InstallEnd {}

    /** The installer restarts the machine, or switches it off: what it has installed is not started. */
    record Restart() implements InstallEnd {}

    /** The installed system starts from the disk, logs in to the target, and then switches the machine off. */
    record SystemPowerOff() implements InstallEnd {}

    /**
     * Something is printed on the serial console.
     *
     * @param line what to look for
     */
    record ConsoleLine(Pattern line) implements InstallEnd {}

    /** The installed system takes commands over ssh with the recipe's credentials. */
    record SshReady() implements InstallEnd {}

    /**
     * Makes a {@link ConsoleLine}.
     *
     * @param regularExpression found anywhere in a line
     * @return the end
     */
    static InstallEnd consoleLine(String regularExpression) {
        return new ConsoleLine(Pattern.compile(regularExpression));
    }
}
