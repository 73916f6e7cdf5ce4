package org.sanboot.machine.physical;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.machine.physical.PowerControl.Capability;
import org.sanboot.machine.physical.PowerException.Kind;

class ColdCycleTest {

    private final FakePower power = new FakePower("The controller");
    private final FakePower outlet = new FakePower("The outlet");
    private final List<Duration> pauses = new ArrayList<>();
    private long now;

    @Test
    void a_cycle_is_off_and_override_and_on_each_verified() {
        ColdCycle cycle = cycle(null);
        cycle.powerOff();
        cycle.powerOn();

        assertThat(power.commands).containsExactly("off", "state", "network", "on", "state");
        assertThat(pauses).containsExactly(Duration.ofMillis(50));
    }

    @Test
    void a_controller_that_is_silent_for_a_while_is_asked_again_later_and_later() {
        power.failures = 3;

        cycle(null).powerOff();

        assertThat(power.commands).containsExactly("off", "off", "off", "off", "state");
        assertThat(pauses).containsExactly(Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(16));
    }

    @Test
    void a_refusal_is_not_asked_again() {
        power.failures = 1;
        power.failure = Kind.REFUSED;

        assertThatExceptionOfType(PowerException.class)
                .isThrownBy(() -> cycle(outlet).powerOff());
        assertThat(power.commands).containsExactly("off");
        assertThat(outlet.commands).isEmpty();
    }

    @Test
    void a_command_without_effect_is_given_again() {
        power.on = true;
        power.stuck = true;

        assertThatExceptionOfType(InfrastructureException.class)
                .isThrownBy(() -> cycle(null).powerOff())
                .withMessageContaining("Host host1 cannot be switched off, and it has no outlet")
                .withMessageContaining("The controller was told 3 times, and waited for 2 s each time");
        assertThat(power.commands.stream().filter("off"::equals)).hasSize(3);
    }

    @Test
    void a_controller_that_hangs_is_taken_from_the_mains() {
        power.failures = 7;
        outlet.on = true;

        cycle(outlet).powerOff();

        assertThat(outlet.commands).containsExactly("off", "state", "on");
        assertThat(outlet.on).isTrue();
        assertThat(power.on).isFalse();
        assertThat(power.commands.subList(5, power.commands.size()))
                .as("it is awaited, and the host switched off in case it started by itself")
                .containsExactly("state", "state", "state", "off", "state");
    }

    @Test
    void a_host_that_can_only_be_woken_is_switched_by_its_outlet() {
        power.capabilities = EnumSet.of(Capability.ON);
        outlet.on = true;

        ColdCycle cycle = cycle(outlet);
        cycle.powerOff();
        cycle.powerOn();

        assertThat(outlet.commands).containsExactly("off", "state", "on");
        assertThat(power.commands).containsExactly("on");
    }

    @Test
    void what_cannot_be_verified_is_believed() {
        power.capabilities = EnumSet.of(Capability.ON, Capability.OFF);

        ColdCycle cycle = cycle(null);
        cycle.powerOff();
        cycle.powerOn();

        assertThat(power.commands).containsExactly("off", "on");
    }

    private ColdCycle cycle(FakePower escalation) {
        return new ColdCycle(
                TestHosts.host(Firmware.BIOS, TestHosts.none()),
                power,
                escalation,
                duration -> {
                    pauses.add(duration);
                    now += duration.toNanos();
                },
                () -> now);
    }
}
