package org.sanboot.machine.physical;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.inventory.MachineType;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.logging.Logging;
import org.sanboot.machine.physical.PowerControl.Capability;
import org.slf4j.Logger;

/**
 * Takes a host's power away and gives it back, and makes sure of both.
 *
 * <p>Commands that fail for a reason that may pass are given again after 4, 8, 16 and 32 s; one that the controller took
 * and that had no effect is given again twice. When that does not help, or the controller is silent, the host's outlet is
 * switched, where it has one.
 */
final class ColdCycle {

    private static final Logger LOGGER = Logging.logger(ColdCycle.class);

    /** As Ironic waits between tries. */
    private static final List<Duration> BACK_OFF =
            List.of(Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(16), Duration.ofSeconds(32));

    private static final Duration POLL = Duration.ofMillis(500);
    private static final int COMMANDS = 3;

    /** Capacitors of power supplies hold a host for seconds. */
    private static final Duration OUTLET_OFF_TIME = Duration.ofSeconds(10);

    /** From mains power until a management controller answers. */
    private static final Duration CONTROLLER_START = Duration.ofMinutes(4);

    private final String host;
    private final MachineType type;
    private final PowerControl power;
    private final @Nullable PowerControl outlet;
    private final Pause pause;
    private final Supplier<Long> nanoTime;

    ColdCycle(PhysicalHost host, PowerControl power, @Nullable PowerControl outlet) {
        this(host, power, outlet, Pause.SLEEP, System::nanoTime);
    }

    ColdCycle(
            PhysicalHost host,
            PowerControl power,
            @Nullable PowerControl outlet,
            Pause pause,
            Supplier<Long> nanoTime) {
        this.host = host.name();
        this.type = host.type();
        this.power = power;
        this.outlet = outlet;
        this.pause = pause;
        this.nanoTime = nanoTime;
        if (!power.can(Capability.OFF) && outlet == null) {
            throw new ConfigurationException(
                    "Host %s cannot be switched off: %s only switches on; give it an 'outlet', or a 'command' for power."
                            .formatted(this.host, power.description()));
        }
    }

    /** Makes a host that is off boot from the network. */
    void powerOn() {
        pause.of(type.timeouts().offTime());
        if (outlet != null) {
            // It may be off because somebody, or an escalation, left it so.
            patiently(outlet::on);
        }
        if (power.can(Capability.NETWORK_BOOT_ONCE)) {
            patiently(() -> power.bootFromNetworkOnce(type.firmware(), type.boot()));
        }
        if (!reaches(power, true)) {
            throw new InfrastructureException(notSwitched(power, "on"));
        }
    }

    /** Returns when the host is off; for sure where anything can tell. */
    void powerOff() {
        if (!power.can(Capability.OFF)) {
            outletOff();
            return;
        }
        Optional<String> trouble = tryPowerOff();
        if (trouble.isEmpty()) {
            return;
        }
        if (outlet == null) {
            throw new InfrastructureException(
                    "Host %s cannot be switched off, and it has no outlet to take its power away by: %s"
                            .formatted(host, trouble.orElseThrow()));
        }
        LOGGER.warn("Host {}: {} Its outlet is switched.", host, trouble.orElseThrow());
        outletOff();
        patiently(outlet::on);
        awaitController();
        // Hosts that are set to start when the mains come back do.
        Optional<String> again = tryPowerOff();
        if (again.isPresent()) {
            throw new InfrastructureException("Host %s cannot be switched off even after its outlet was: %s"
                    .formatted(host, again.orElseThrow()));
        }
    }

    /** Returns what is wrong, if something is that an outlet might mend. */
    private Optional<String> tryPowerOff() {
        try {
            return reaches(power, false) ? Optional.empty() : Optional.of(notSwitched(power, "off"));
        } catch (PowerException e) {
            if (e.deservesRetry()) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
            throw e;
        }
    }

    private void outletOff() {
        PowerControl last = outlet;
        if (last == null) {
            throw new IllegalStateException("no outlet");
        }
        if (!reaches(last, false)) {
            throw new InfrastructureException(notSwitched(last, "off"));
        }
        pause.of(OUTLET_OFF_TIME);
    }

    private void awaitController() {
        long deadline = nanoTime.get() + CONTROLLER_START.toNanos();
        while (power.can(Capability.STATE)) {
            try {
                boolean unused = power.isOn();
                return;
            } catch (PowerException e) {
                if (!e.deservesRetry() || nanoTime.get() - deadline > 0) {
                    throw e;
                }
                pause.of(BACK_OFF.get(0));
            }
        }
    }

    /** Commands until the state is the one that is wanted; whoever cannot tell its state is believed. */
    private boolean reaches(PowerControl control, boolean on) {
        for (int command = 0; command < COMMANDS; command++) {
            patiently(on ? control::on : control::off);
            if (!control.can(Capability.STATE) || awaitState(control, on)) {
                return true;
            }
            LOGGER.warn("Host {}: {} took a command without effect", host, control.description());
        }
        return false;
    }

    private boolean awaitState(PowerControl control, boolean on) {
        long deadline = nanoTime.get() + type.timeouts().power().toNanos();
        while (patiently(control::isOn) != on) {
            if (nanoTime.get() - deadline > 0) {
                return false;
            }
            pause.of(POLL);
        }
        return true;
    }

    private void patiently(Runnable command) {
        Boolean unused = patiently(() -> {
            command.run();
            return true;
        });
    }

    private <T> T patiently(Supplier<T> command) {
        for (Duration delay : BACK_OFF) {
            try {
                return command.get();
            } catch (PowerException e) {
                if (!e.deservesRetry()) {
                    throw e;
                }
                LOGGER.info("Host {}: {} It is asked again in {}.", host, e.getMessage(), delay);
                pause.of(delay);
            }
        }
        return command.get();
    }

    private String notSwitched(PowerControl control, String state) {
        return "Host %s is not %s: %s was told %d times, and waited for %d s each time."
                .formatted(
                        host,
                        state,
                        control.description(),
                        COMMANDS,
                        type.timeouts().power().toSeconds());
    }
}
