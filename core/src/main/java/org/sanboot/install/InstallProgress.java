package org.sanboot.install;

import java.time.Duration;
import java.util.Locale;

/**
 * A step of an installation.
 *
 * @param stage what was reached
 * @param boot how many times the machine had booted by then, 0 before the first time
 * @param elapsed since the installation began
 * @param detail more of it, such as how much is written; empty when there is nothing to say
 * @param picture the latest picture of the screen, a file's name in the records' {@code screens}; empty before the first
 */
public record InstallProgress(InstallStage stage, int boot, Duration elapsed, String detail, String picture) {

    /**
     * Says it in a line.
     *
     * @return seconds, boot, stage, detail and picture
     */
    public String line() {
        return String.format(
                        Locale.ROOT,
                        "%8.1f s  boot %d  %s%s%s",
                        elapsed.toMillis() / 1000.0,
                        boot,
                        stage.title(),
                        detail.isEmpty() ? "" : ": " + detail,
                        picture.isEmpty() ? "" : "  [" + picture + "]")
                .stripTrailing();
    }
}
