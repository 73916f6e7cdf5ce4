package org.sanboot.lab.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.guest.WindowsShell;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.Trace;
import org.sanboot.lab.BootDisk;
import org.sanboot.lab.BootFailedException;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.lab.observation.BootWatch;
import org.sanboot.lab.observation.EvidenceCollector;
import org.sanboot.lab.provision.GuestLogin;
import org.sanboot.lab.provision.HostDisk;
import org.sanboot.lab.provision.MachinePlan;
import org.sanboot.lab.provision.Provisioner;
import org.sanboot.lab.provision.WindowsSupport;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Console;
import org.sanboot.machine.Machine;
import org.sanboot.machine.MachineListener;
import org.slf4j.Logger;

/** What a test sees of its machine. */
final class MachineControls implements BootedHost, BootedHost.Power, BootedHost.Disk {

    private static final Logger LOGGER = Logging.logger(MachineControls.class);

    private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofMinutes(3);

    /** Is told of what a test does with the power. */
    interface PowerWatch {

        /** The machine was switched on, off or back to its beginning. */
        void switched();

        /** It could not be. */
        void failed(InfrastructureException failure);
    }

    private final MachinePlan plan;
    private final Provisioner provisioner;
    private final BootWatch watch;
    private final HostDisk disk;
    private final Machine machine;
    private final AttributedGuest guest;
    private final WindowsShell shell;
    private final EvidenceCollector evidence;
    private final PowerWatch powerWatch;

    MachineControls(
            MachinePlan plan,
            Provisioner provisioner,
            BootWatch watch,
            HostDisk disk,
            Machine machine,
            AttributedGuest guest,
            EvidenceCollector evidence,
            PowerWatch powerWatch) {
        this.evidence = evidence;
        this.powerWatch = powerWatch;
        this.plan = plan;
        this.provisioner = provisioner;
        this.watch = watch;
        this.disk = disk;
        this.machine = machine;
        this.guest = guest;
        this.shell = new WindowsShell(guest);
    }

    @Override
    public String name() {
        return plan.request().name();
    }

    @Override
    public String image() {
        return plan.image().name();
    }

    @Override
    public CommandResult run(String command) {
        return guest.run(command);
    }

    @Override
    public CommandResult run(Command command) {
        return guest.run(command);
    }

    @Override
    public CommandResult powershell(String script) {
        return windows().powershell(script, COMMAND_TIMEOUT);
    }

    @Override
    public CommandResult powershell(String script, Duration timeout) {
        return windows().powershell(script, timeout);
    }

    @Override
    public CommandResult cmd(String text) {
        return windows().cmd(text, COMMAND_TIMEOUT);
    }

    @Override
    public CommandResult cmd(String text, Duration timeout) {
        return windows().cmd(text, timeout);
    }

    @Override
    public CommandResult exec(String program, String... arguments) {
        return exec(COMMAND_TIMEOUT, program, arguments);
    }

    @Override
    public CommandResult exec(Duration timeout, String program, String... arguments) {
        List<String> words = new ArrayList<>(List.of(program));
        words.addAll(List.of(arguments));
        return WindowsSupport.isFor(plan)
                ? shell.exec(words, timeout)
                : guest.run(Command.ofWords(words).within(timeout));
    }

    private WindowsShell windows() {
        if (!WindowsSupport.isFor(plan)) {
            throw new ConfigurationException(
                    "powershell() and cmd() need a Windows guest, and the image '%s' is %s; use run()."
                            .formatted(image(), plan.image().family()));
        }
        return shell;
    }

    @Override
    public BootDisk bootDisk() {
        return new BootDisk(guest.bootDiskBus(), watch.isids(), disk.openSessions());
    }

    @Override
    public void copyTo(Path local, String remote) {
        guest.copyTo(local, remote);
    }

    @Override
    public void copyFrom(String remote, Path local) {
        guest.copyFrom(remote, local);
    }

    @Override
    public void reboot() {
        // Its last boot may be long ago.
        watch.begin();
        guest.reboot(watch.longest(), watch::hopeless);
        watch.reached(BootStage.GUEST_READY);
    }

    @Override
    public void awaitReady() {
        guest.attributed(this::awaitStagesUntilReady);
    }

    private void awaitStagesUntilReady() {
        Optional<String> why;
        Throwable cause = null;
        try {
            why = watch.await(BootStage.OPERATING_SYSTEM_LOGIN);
            if (why.isEmpty()) {
                guest.awaitReady(watch.untilReadyTimeout(), watch::hopeless);
                watch.reached(BootStage.GUEST_READY);
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            why = Optional.of("the wait was interrupted");
            cause = e;
        } catch (InfrastructureException e) {
            why = Optional.of(e.getMessage());
            cause = e;
        }
        String story = watch.describe(why.orElseThrow(), () -> machine.console().tail(12));
        String advice = WindowsSupport.advice(plan, provisioner.firmware(), watch.stages(), why.orElseThrow())
                .map(text -> "\n" + text)
                .orElse("");
        throw new BootFailedException(story + advice, cause, null);
    }

    @Override
    public Power power() {
        return this;
    }

    @Override
    public Disk disk() {
        return this;
    }

    @Override
    public void snapshot() {
        disk.snapshot();
    }

    @Override
    public void revert() {
        disk.revert();
        guest.forgetHostKey();
    }

    @Override
    public Statistics statistics() {
        return disk.statistics();
    }

    @Override
    public Faults faults() {
        return disk.faults();
    }

    @Override
    public Trace trace() {
        return disk.trace();
    }

    @Override
    public Console console() {
        return machine.console();
    }

    @Override
    public void screenshot(Path png) {
        if (!machine.can(Machine.Capability.SCREENSHOT)) {
            throw new ConfigurationException(
                    "%s: this machine has no screen that can be read; take screenshots of virtual machines only."
                            .formatted(name()));
        }
        machine.screenshot(png);
    }

    @Override
    public Map<BootStage, Duration> stages() {
        return watch.stages();
    }

    @Override
    public String sshCommand() {
        return GuestLogin.sshCommand(plan, machine);
    }

    @Override
    public void redact(String... secrets) {
        evidence.redact(List.of(secrets));
    }

    @Override
    public void attach(Path file) {
        evidence.attach(file);
    }

    @Override
    public void attach(String name, String content) {
        evidence.attach(name, content);
    }

    @Override
    public void on() {
        if (!machine.isOn()) {
            disk.powerOn();
            powerWatch.switched();
        }
        switching(machine::powerOn);
    }

    @Override
    public void cut() {
        switching(machine::powerCut);
        powerWatch.switched();
        disk.powerCut();
        guest.disconnect();
    }

    @Override
    public void reset() {
        switching(machine::reset);
        powerWatch.switched();
        guest.disconnect();
    }

    /** A switch that does not work is the lab's, whatever the guest does. */
    private void switching(Runnable action) {
        try {
            action.run();
        } catch (InfrastructureException e) {
            if (!Thread.currentThread().isInterrupted()) {
                powerWatch.failed(e);
            }
            throw e;
        }
    }

    @Override
    public void shutdown() {
        if (WindowsSupport.isFor(plan)) {
            requestShutdown();
        }
        switching(() -> machine.shutdown(SHUTDOWN_TIMEOUT));
        guest.disconnect();
    }

    /** A Windows that nobody is logged in to may ignore its power button; one that does not answer has only that. */
    private void requestShutdown() {
        try {
            guest.requestShutdown();
        } catch (InfrastructureException e) {
            LOGGER.debug("{} does not take the command to shut down: {}", name(), e.toString());
        }
    }

    @Override
    public void awaitOff() throws InterruptedException {
        CountDownLatch off = new CountDownLatch(1);
        machine.addListener(new MachineListener() {
            @Override
            public void poweredOff(boolean byGuest) {
                off.countDown();
            }

            @Override
            public void died(String why) {
                off.countDown();
            }
        });
        if (machine.isOn()) {
            off.await();
        }
    }

    @Override
    public boolean isOn() {
        return machine.isOn();
    }
}
