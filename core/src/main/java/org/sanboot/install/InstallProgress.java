package org.sanboot.install;

import java.time.Duration;

/**
 * A step of an installation.
 *
 * @param stage what was reached
 * @param boot how many times the machine had booted by then, 0 before the first time
 * @param elapsed since the installation began
 * @param detail more of it, such as how much is written; empty when there is nothing to say
 */
public record InstallProgress(InstallStage stage, int boot, Duration elapsed, String detail) {}
