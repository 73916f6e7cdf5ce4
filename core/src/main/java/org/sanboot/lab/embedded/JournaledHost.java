package org.sanboot.lab.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.sanboot.evidence.Journal;
import org.sanboot.evidence.Journal.Kind;
import org.sanboot.guest.Command;
import org.sanboot.guest.CommandResult;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.Trace;
import org.sanboot.lab.BootDisk;
import org.sanboot.lab.BootStage;
import org.sanboot.lab.BootedHost;
import org.sanboot.machine.Console;

/** A machine whose journal says what its test does to it. */
final class JournaledHost implements BootedHost, BootedHost.Power, BootedHost.Disk {

    private static final int LONGEST_STREAM = 64 << 10;

    private final BootedHost host;
    private final Journal journal;

    JournaledHost(BootedHost host, Journal journal) {
        this.host = host;
        this.journal = journal;
    }

    private CommandResult command(String what, Supplier<CommandResult> action) {
        Journal.Step step = journal.begin(Kind.COMMAND, what);
        try {
            CommandResult result = action.get();
            step.exited(result.exitStatus(), end(result.stdout()) + end(result.stderr()));
            return result;
        } catch (RuntimeException | Error e) {
            step.failed(e);
            throw e;
        }
    }

    private static String end(String stream) {
        return stream.length() <= LONGEST_STREAM ? stream : stream.substring(stream.length() - LONGEST_STREAM);
    }

    private void step(Kind kind, String what, Runnable action) {
        Journal.Step step = journal.begin(kind, what);
        try {
            action.run();
            step.done();
        } catch (RuntimeException | Error e) {
            step.failed(e);
            throw e;
        }
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public String image() {
        return host.image();
    }

    @Override
    public CommandResult run(String command) {
        return command(command, () -> host.run(command));
    }

    @Override
    public CommandResult run(Command command) {
        return command(command.shown(), () -> host.run(command));
    }

    @Override
    public CommandResult powershell(String script) {
        return command("powershell " + script, () -> host.powershell(script));
    }

    @Override
    public CommandResult powershell(String script, Duration timeout) {
        return command("powershell " + script, () -> host.powershell(script, timeout));
    }

    @Override
    public CommandResult cmd(String text) {
        return command("cmd " + text, () -> host.cmd(text));
    }

    @Override
    public CommandResult cmd(String text, Duration timeout) {
        return command("cmd " + text, () -> host.cmd(text, timeout));
    }

    @Override
    public CommandResult exec(String program, String... arguments) {
        return command(words(program, arguments), () -> host.exec(program, arguments));
    }

    @Override
    public CommandResult exec(Duration timeout, String program, String... arguments) {
        return command(words(program, arguments), () -> host.exec(timeout, program, arguments));
    }

    private static String words(String program, String... arguments) {
        return arguments.length == 0 ? program : program + " " + String.join(" ", arguments);
    }

    @Override
    public BootDisk bootDisk() {
        return host.bootDisk();
    }

    @Override
    public void copyTo(Path local, String remote) {
        step(Kind.COPY, "copy %s to the guest's %s".formatted(local, remote), () -> host.copyTo(local, remote));
    }

    @Override
    public void copyFrom(String remote, Path local) {
        step(Kind.COPY, "copy the guest's %s to %s".formatted(remote, local), () -> host.copyFrom(remote, local));
    }

    @Override
    public void reboot() {
        step(Kind.POWER, "reboot, and wait until the guest is ready", host::reboot);
    }

    @Override
    public void awaitReady() {
        step(Kind.WAIT, "wait until the guest is ready", host::awaitReady);
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
    public Console console() {
        return host.console();
    }

    @Override
    public void screenshot(Path png) {
        host.screenshot(png);
    }

    @Override
    public Map<BootStage, Duration> stages() {
        return host.stages();
    }

    @Override
    public String sshCommand() {
        return host.sshCommand();
    }

    @Override
    public void redact(String... secrets) {
        host.redact(secrets);
    }

    @Override
    public void attach(Path file) {
        host.attach(file);
    }

    @Override
    public void attach(String name, String content) {
        host.attach(name, content);
    }

    @Override
    public void on() {
        step(Kind.POWER, "switch on", host.power()::on);
    }

    @Override
    public void cut() {
        step(Kind.POWER, "cut the power", host.power()::cut);
    }

    @Override
    public void reset() {
        step(Kind.POWER, "press the reset button", host.power()::reset);
    }

    @Override
    public void shutdown() {
        step(Kind.POWER, "shut down", host.power()::shutdown);
    }

    @Override
    public void awaitOff() throws InterruptedException {
        Journal.Step step = journal.begin(Kind.WAIT, "wait until the machine is off");
        try {
            host.power().awaitOff();
            step.done();
        } catch (InterruptedException | RuntimeException | Error e) {
            step.failed(e);
            throw e;
        }
    }

    @Override
    public boolean isOn() {
        return host.power().isOn();
    }

    @Override
    public void snapshot() {
        step(Kind.DISK, "take a snapshot of the disk", host.disk()::snapshot);
    }

    @Override
    public void revert() {
        step(Kind.DISK, "go back to the disk's snapshot", host.disk()::revert);
    }

    @Override
    public Statistics statistics() {
        return host.disk().statistics();
    }

    @Override
    public Faults faults() {
        step(Kind.DISK, "change the disk's faults", () -> {});
        return host.disk().faults();
    }

    @Override
    public Trace trace() {
        step(Kind.DISK, "trace the disk", () -> {});
        return host.disk().trace();
    }
}
