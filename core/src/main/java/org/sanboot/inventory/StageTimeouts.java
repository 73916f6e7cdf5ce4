package org.sanboot.inventory;

import java.time.Duration;

/**
 * How long a host of a type may take, step by step.
 *
 * @param power from a power command until the controller reports its effect
 * @param offTime how long the power stays away between off and on
 * @param script from power-on until the boot script is fetched, with all of the firmware's self-test
 */
public record StageTimeouts(Duration power, Duration offTime, Duration script) {

    /** What suits most hosts: 30 s, 2 s and 5 minutes. */
    public static final StageTimeouts DEFAULT =
            new StageTimeouts(Duration.ofSeconds(30), Duration.ofSeconds(2), Duration.ofMinutes(5));
}
