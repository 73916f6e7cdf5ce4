package org.sanboot.lab;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A stage that a machine reached, or something to know about its boot.
 *
 * @param host the machine's name within its test
 * @param image the golden image's name
 * @param stage what it reached
 * @param elapsed the time since the boot began
 * @param remark what there is to know, one clause; null when the stage is the news
 */
public record BootProgress(
        String host,
        String image,
        BootStage stage,
        Duration elapsed,
        @Nullable String remark) {

    /** Makes a stage that a machine reached. */
    public BootProgress(String host, String image, BootStage stage, Duration elapsed) {
        this(host, image, stage, elapsed, null);
    }
}
