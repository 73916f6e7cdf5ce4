package org.sanboot.lab.observation;

import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sanboot.boot.IpxeScript;

/**
 * Reads along on a console and raises the alarm at a line that says that the boot is over.
 *
 * <p>Called by the console's thread alone.
 */
public final class ConsoleAlarm implements Consumer<String> {

    /** iPXE's script gave up; the Linux kernel did (kernel/panic.c), which pvpanic tells only where it has a driver. */
    private static final Pattern FATAL =
            Pattern.compile("(" + Pattern.quote(IpxeScript.FAILED) + "|Kernel panic - not syncing).*");

    private static final int LONGEST_LINE = 4096;

    private final Consumer<String> alarm;
    private final StringBuilder line = new StringBuilder();

    public ConsoleAlarm(Consumer<String> alarm) {
        this.alarm = alarm;
    }

    /** Tells whether what the alarm was given is a guest's crash, and not a boot that failed. */
    public static boolean isCrash(String alarm) {
        return !alarm.startsWith(IpxeScript.FAILED);
    }

    @Override
    public void accept(String text) {
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '\n' || letter == '\r') {
                check();
            } else if (line.length() < LONGEST_LINE) {
                line.append(letter);
            }
        }
    }

    private void check() {
        Matcher fatal = FATAL.matcher(line);
        if (fatal.find()) {
            alarm.accept(fatal.group());
        }
        line.setLength(0);
    }
}
