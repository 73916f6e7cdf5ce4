package org.sanboot.cli.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.sanboot.InfrastructureException;
import org.sanboot.SanbootException;
import org.sanboot.cli.lab.Finding.Outcome;
import org.sanboot.inventory.HostState;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.machine.physical.PowerControl;
import org.sanboot.machine.physical.PowerControl.Capability;
import org.sanboot.machine.physical.PowerException;

/**
 * Goes one host's way to its disk step by step, under a lease of its own, and stops at the first step that fails. The host is
 * off afterwards. A host that somebody uses is left alone.
 *
 * <p>Used by one thread, for one host.
 */
final class HostCheck {

    /** iPXE tries a target that does not answer for less than that. */
    private static final Duration TARGET_TIMEOUT = Duration.ofMinutes(2);

    private final PhysicalHost host;
    private final LeaseStore leases;
    private final Optional<Supplier<TrialBoot>> trial;
    private final List<Finding> findings = new ArrayList<>();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private long stepBegin = System.nanoTime();

    /** What is heard of a booting host. */
    private record Event(Kind kind, String text) {
        enum Kind {
            DHCP,
            SCRIPT_FETCHED,
            SCRIPT_RUNNING,
            LOGGED_IN,
            FAILED
        }
    }

    /** Takes what boots the host, if it is to be booted. */
    HostCheck(PhysicalHost host, LeaseStore leases, Optional<Supplier<TrialBoot>> trial) {
        this.host = host;
        this.leases = leases;
        this.trial = trial;
    }

    List<Finding> run() {
        Optional<Lease> taken = leases.takeForCare(host.name(), "sanboot lab check");
        if (taken.isEmpty()) {
            note(Step.LEASE, Outcome.SKIPPED, "in use by " + holder() + "; it is left alone");
            return findings;
        }
        try (Lease lease = taken.orElseThrow()) {
            note(
                    Step.LEASE,
                    Outcome.OK,
                    setAside().map(why -> "taken, though set aside: " + why).orElse("taken"));
            if (checkPower() && trial.isPresent()) {
                checkBoot(trial.orElseThrow(), lease);
            }
        }
        return findings;
    }

    private Optional<HostState> state() {
        return leases.list().stream()
                .filter(state -> state.host().equals(host.name()))
                .findFirst();
    }

    private String holder() {
        return state().flatMap(state -> state.holder().map(owner -> owner + " for " + state.purpose()))
                .orElse("somebody");
    }

    private Optional<String> setAside() {
        return state().flatMap(HostState::setAside);
    }

    private void note(Step step, Outcome outcome, String text) {
        long now = System.nanoTime();
        findings.add(new Finding(step, outcome, Duration.ofNanos(now - stepBegin), text));
        stepBegin = now;
    }

    private void fail(Step step, SanbootException error) {
        note(step, Outcome.FAILED, String.valueOf(error.getMessage()));
    }

    /** Asks the controller, and the outlet, how things stand, and switches nothing. */
    private boolean checkPower() {
        try (PowerControl power = PowerControl.of(host)) {
            if (!power.can(Capability.STATE)) {
                note(Step.CONTROLLER, Outcome.SKIPPED, power.description() + " cannot be asked anything");
            } else {
                boolean on = power.isOn();
                note(Step.CONTROLLER, Outcome.OK, power.description() + " answers");
                note(Step.CREDENTIALS, Outcome.OK, "accepted");
                note(Step.POWER_STATE, Outcome.OK, on ? "on, though nobody leases it" : "off");
            }
        } catch (PowerException e) {
            switch (e.kind()) {
                case UNREACHABLE -> fail(Step.CONTROLLER, e);
                case REFUSED -> {
                    note(Step.CONTROLLER, Outcome.OK, "answers");
                    fail(Step.CREDENTIALS, e);
                }
                case BUSY -> {
                    note(Step.CONTROLLER, Outcome.OK, "answers");
                    fail(Step.POWER_STATE, e);
                }
            }
            return false;
        } catch (SanbootException e) {
            fail(Step.CONTROLLER, e);
            return false;
        }
        return checkOutlet();
    }

    private boolean checkOutlet() {
        try {
            Optional<PowerControl> found = PowerControl.ofOutlet(host);
            if (found.isEmpty()) {
                return true;
            }
            try (PowerControl outlet = found.orElseThrow()) {
                String state =
                        outlet.can(Capability.STATE) ? (outlet.isOn() ? " is on" : " is off") : " cannot be asked";
                note(Step.OUTLET, Outcome.OK, outlet.description() + state);
            }
            return true;
        } catch (SanbootException e) {
            fail(Step.OUTLET, e);
            return false;
        }
    }

    private void checkBoot(Supplier<TrialBoot> starter, Lease lease) {
        TrialBoot boot;
        TrialBoot.Prepared prepared;
        try {
            boot = starter.get();
            prepared = boot.prepare(host, () -> events.add(new Event(Event.Kind.LOGGED_IN, "")));
            note(Step.BOOT_SERVER, Outcome.OK, boot.serves() ? "this process serves" : "another process serves");
        } catch (SanbootException e) {
            fail(Step.BOOT_SERVER, e);
            return;
        }
        try {
            boot(boot, prepared);
        } finally {
            stepBegin = System.nanoTime();
            try {
                prepared.close();
                note(Step.POWER_OFF, Outcome.OK, "off");
            } catch (InfrastructureException e) {
                fail(Step.POWER_OFF, e);
                lease.setAside(String.valueOf(e.getMessage()));
            }
        }
    }

    private void boot(TrialBoot boot, TrialBoot.Prepared prepared) {
        prepared.machine().addListener(new Hearing());
        try {
            prepared.machine().powerOn();
            note(Step.POWER_ON, Outcome.OK, "off first, then on");
        } catch (SanbootException e) {
            fail(Step.POWER_ON, e);
            return;
        }
        Duration forScript = host.type().timeouts().script().plusSeconds(5);
        Step step = Step.DHCP;
        while (true) {
            Event event = await(step == Step.TARGET ? TARGET_TIMEOUT : forScript);
            switch (event.kind()) {
                case DHCP -> {
                    note(Step.DHCP, Outcome.OK, "the host asked for an address");
                    step = Step.SCRIPT;
                }
                case SCRIPT_FETCHED, SCRIPT_RUNNING -> step = fetched(step);
                case LOGGED_IN -> {
                    step = fetched(step);
                    note(
                            step,
                            Outcome.OK,
                            "the host logged in with CHAP at %s:%d"
                                    .formatted(
                                            boot.targetAddress().getAddress().getHostAddress(),
                                            boot.targetAddress().getPort()));
                    return;
                }
                case FAILED -> {
                    note(step, Outcome.FAILED, event.text());
                    return;
                }
            }
        }
    }

    /** Notes what the host must have passed; the target and the boot server are heard on different threads. */
    private Step fetched(Step step) {
        if (step == Step.DHCP) {
            note(Step.DHCP, Outcome.SKIPPED, "not seen here, for the site's server answers");
        }
        if (step != Step.TARGET) {
            note(Step.SCRIPT, Outcome.OK, "fetched");
        }
        return Step.TARGET;
    }

    private Event await(Duration timeout) {
        try {
            Event event = events.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return event == null
                    ? new Event(
                            Event.Kind.FAILED,
                            "nothing was heard of host %s for %d s".formatted(host.name(), timeout.toSeconds()))
                    : event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Event(Event.Kind.FAILED, "interrupted");
        }
    }

    private final class Hearing implements MachineListener {

        @Override
        public void networkBoot(NetworkBootStep step) {
            events.add(new Event(
                    switch (step) {
                        case ADDRESS_REQUESTED -> Event.Kind.DHCP;
                        case SCRIPT_FETCHED -> Event.Kind.SCRIPT_FETCHED;
                        case SCRIPT_RUNNING -> Event.Kind.SCRIPT_RUNNING;
                    },
                    ""));
        }

        @Override
        public void networkBootFailed(String why) {
            events.add(new Event(Event.Kind.FAILED, why));
        }

        @Override
        public void died(String why) {
            events.add(new Event(Event.Kind.FAILED, why));
        }
    }
}
