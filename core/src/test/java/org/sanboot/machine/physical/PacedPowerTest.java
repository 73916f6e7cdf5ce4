package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PacedPowerTest {

    @Test
    void two_controls_of_one_controller_keep_its_interval() {
        Duration interval = Duration.ofMillis(60);
        PowerControl first = new PacedPower(new FakePower("a controller of this test alone"), interval);
        PowerControl second = new PacedPower(new FakePower("a controller of this test alone"), interval);
        long begin = System.nanoTime();

        first.on();
        second.on();
        first.off();

        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(interval.multipliedBy(2));
    }
}
