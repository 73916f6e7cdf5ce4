package org.sanboot.lab;

import java.time.Duration;

/**
 * A stage that a machine reached.
 *
 * @param host the machine's name within its test
 * @param image the golden image's name
 * @param stage what it reached
 * @param elapsed the time since the boot began
 */
public record BootProgress(String host, String image, BootStage stage, Duration elapsed) {}
