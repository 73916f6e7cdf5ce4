package org.sanboot.machine.qemu;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.StaticAddress;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Console;
import org.sanboot.machine.Machine;
import org.sanboot.machine.MachineListener;
import org.sanboot.process.Programs;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * A virtual machine: each power-on is a QEMU process of its own.
 *
 * <p>Its first network card is on a user-mode network of its own, where {@link #GUEST_ADDRESS} is its address and {@link
 * #HOST_ADDRESS} leads to this host's loopback; the only way in is a port for ssh on 127.0.0.1.
 *
 * <p>Thread-safe. Listeners are told on a thread of the machine's own, in the order in which things happened, and may
 * call the machine.
 */
public final class QemuMachine implements Machine {

    /** Where the guest finds what listens on this host's 127.0.0.1. */
    public static final String HOST_ADDRESS = "10.0.2.2";

    /** What QEMU's DHCP server would tell the guest's first network card, for boot scripts that do not ask it. */
    public static final StaticAddress GUEST_ADDRESS =
            new StaticAddress("10.0.2.15", "255.255.255.0", HOST_ADDRESS, "10.0.2.3");

    /** An operating system that has just come up may take ssh before it listens for its power button. */
    private static final Duration PRESS_AGAIN = Duration.ofSeconds(2);
    /** Gigabytes to a slow disk; QEMU answers nothing else meanwhile. */
    private static final Duration MEMORY_DUMP_DEADLINE = Duration.ofMinutes(5);

    private static final Logger LOGGER = Logging.logger(QemuMachine.class);

    private final Run run;
    private final QemuConfiguration configuration;
    private final QemuFiles files;
    private final List<String> commandLine;
    private final SerialConsole console;
    private final @Nullable IpxePrompt prompt;
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService teller;
    private volatile @Nullable Thread tellerThread;
    private final Object powerSwitch = new Object();
    private volatile @Nullable QemuProcess process;
    /** Guarded by the power switch. */
    private @Nullable Process tpm;

    /** Completes when listeners are certain to be told of the end of {@link #process}. */
    private volatile CompletableFuture<Void> toldOfEnd = CompletableFuture.completedFuture(null);

    private boolean closed;

    private QemuMachine(Run run, QemuConfiguration configuration, QemuFiles files, List<String> commandLine) {
        this.run = run;
        this.commandLine = commandLine;
        this.configuration = configuration;
        this.files = files;
        this.console = new SerialConsole(configuration.name(), files.consoleLog());
        this.prompt = configuration.firmware() == Firmware.UEFI ? new IpxePrompt(console::type, GUEST_ADDRESS) : null;
        if (prompt != null) {
            var unused = console.listen(prompt);
        }
        this.teller = Executors.newSingleThreadExecutor(this::newTellerThread);
    }

    /**
     * Makes a machine that is off.
     *
     * @param run owns the machine's processes and files
     * @param configuration what to build; its name is not yet taken in the run
     * @return the machine, to be closed
     * @throws org.sanboot.ConfigurationException when a package that it needs is missing
     */
    public static QemuMachine create(Run run, QemuConfiguration configuration) {
        QemuFiles files = new QemuFiles(
                run.directory().resolve("machines").resolve(configuration.name()),
                run.socketDirectory().resolve(configuration.name()));
        QemuInstallation installation = QemuInstallation.find(configuration.firmware());
        if (configuration.tpm()) {
            SoftwareTpm.require();
        }
        List<String> commandLine = QemuCommandLine.of(configuration, installation, files);
        files.create(installation, configuration.bootScript(), commandLine);
        return new QemuMachine(run, configuration, files, commandLine);
    }

    /**
     * Checks that this host has what a machine boots with.
     *
     * @param firmware what the machine starts by
     * @throws org.sanboot.ConfigurationException when a package is missing
     */
    public static void requireInstalled(Firmware firmware) {
        QemuInstallation.find(firmware);
    }

    /**
     * Checks that this host can give machines a TPM.
     *
     * @throws org.sanboot.ConfigurationException when the package is missing
     */
    public static void requireTpm() {
        SoftwareTpm.require();
    }

    @Override
    public String name() {
        return configuration.name();
    }

    /**
     * Returns the file with what QEMU itself said, as opposed to the guest.
     *
     * @return a file that exists until the run ends
     */
    public Path errorLog() {
        return files.errorLog();
    }

    /**
     * Returns the file with the command line that starts the machine, as a shell would take it.
     *
     * @return a file that exists until the run ends
     */
    public Path commandLine() {
        return files.commandLine();
    }

    /** What QEMU itself said last, if it ever said anything. */
    Optional<String> lastWords() {
        return Optional.of(files.lastWords(0)).filter(words -> !words.isEmpty());
    }

    @Override
    public void powerOn() {
        switchOn(commandLine, started -> {});
    }

    /**
     * Goes on where a machine was saved; does nothing when it is on. What the guest has connections to will find them
     * broken.
     *
     * @param state what {@link #save} of a machine with the same configuration wrote
     * @throws org.sanboot.InfrastructureException with QEMU's own words, when it cannot; the machine is off then
     */
    public void resume(Path state) {
        List<String> waiting = new ArrayList<>(commandLine);
        waiting.addAll(List.of("-incoming", "defer"));
        switchOn(waiting, started -> {
            try {
                started.load(state);
            } catch (InfrastructureException e) {
                started.cut();
                throw e;
            }
        });
    }

    /**
     * Saves what is in the machine's memory, processors and devices, for another one to go on from.
     *
     * @param state the file to write, somewhat shorter than the memory that the guest has used
     * @param meanwhile is run when that is done, while the machine stands still
     * @return why it could not be saved, if it could not; it goes on all the same
     * @throws org.sanboot.InfrastructureException when it does not go on
     */
    public Optional<String> save(Path state, Runnable meanwhile) {
        QemuProcess saved = running();
        try {
            saved.save(state);
            meanwhile.run();
            return Optional.empty();
        } catch (InfrastructureException | ConditionTimeoutException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        } finally {
            saved.resume();
        }
    }

    private void switchOn(List<String> words, Consumer<QemuProcess> prepare) {
        synchronized (powerSwitch) {
            if (isOn()) {
                return;
            }
            if (closed) {
                throw new IllegalStateException("Machine '%s' has been closed.".formatted(name()));
            }
            toldOfEnd.join();
            if (prompt != null) {
                prompt.rearm();
            }
            QemuProcess started = start(words);
            prepare.accept(started);
            process = started;
            tell(MachineListener::poweredOn);
            toldOfEnd = started.end().thenAccept(this::tellOf);
            started.resume();
        }
    }

    /**
     * Returns the process that it runs in.
     *
     * @return the id of QEMU; empty before the first power-on, and that of a process which has ended while it is off
     */
    public OptionalLong processId() {
        QemuProcess current = process;
        return current == null ? OptionalLong.empty() : OptionalLong.of(current.processId());
    }

    private QemuProcess start(List<String> words) {
        if (!configuration.tpm()) {
            return QemuProcess.start(run, name(), files, words, console, this::tellOf);
        }
        Process last = tpm;
        if (last != null) {
            // What it holds can be opened once at a time.
            last.destroy();
            last.onExit().join();
        }
        Process fresh = SoftwareTpm.start(run, name(), files);
        tpm = fresh;
        try {
            QemuProcess started = QemuProcess.start(run, name(), files, words, console, this::tellOf);
            var unused = started.end().thenRun(fresh::destroy);
            return started;
        } catch (InfrastructureException e) {
            fresh.destroy();
            throw e;
        }
    }

    @Override
    public void powerCut() {
        synchronized (powerSwitch) {
            QemuProcess running = process;
            if (running != null) {
                running.cut();
                toldOfEnd.join();
            }
        }
    }

    @Override
    public void reset() {
        running().qmp().execute("system_reset", Map.of());
    }

    @Override
    public void shutdown(Duration timeout) {
        QemuProcess running = isOn() ? process : null;
        pressUntilOff(timeout);
        if (running != null && !(running.end().join() instanceof QemuProcess.End.ByGuest)) {
            throw new InfrastructureException(
                    "Machine '%s' went off while its operating system shut down, and not by its wish: %s"
                            .formatted(name(), running.end().join()));
        }
    }

    private void pressUntilOff(Duration timeout) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (isOn()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new TestException(
                        "Machine '%s' is still on %.1f s after its operating system was asked to shut down; the console's last lines are:\n%s"
                                .formatted(name(), timeout.toMillis() / 1000.0, console.tail(5)));
            }
            pressPowerButton();
            awaitEnd(Math.min(left, PRESS_AGAIN.toNanos()));
        }
    }

    private void pressPowerButton() {
        try {
            running().qmp().execute("system_powerdown", Map.of());
        } catch (InfrastructureException | IllegalStateException e) {
            if (isOn()) {
                throw e;
            }
        }
    }

    private void awaitEnd(long nanoseconds) {
        try {
            var unused = toldOfEnd.get(nanoseconds, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            // Not yet.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InfrastructureException("Machine '%s': interrupted while it shut down.".formatted(name()), e);
        } catch (ExecutionException e) {
            throw new InfrastructureException("Machine '%s': %s".formatted(name(), e.getCause()), e);
        }
    }

    @Override
    public boolean isOn() {
        QemuProcess current = process;
        return current != null && current.isAlive();
    }

    @Override
    public InetSocketAddress sshAddress() {
        return running().sshAddress();
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public void screenshot(Path png) {
        running()
                .qmp()
                .execute("screendump", Map.of("filename", png.toAbsolutePath().toString(), "format", "png"));
    }

    @Override
    public Optional<Path> viewer() {
        return Optional.of(files.vncSocket());
    }

    /**
     * Presses a key of the machine's keyboard and lets it go.
     *
     * @param key QEMU's name of it (QKeyCode), such as {@code spc} or {@code ret}
     */
    public void press(String key) {
        running().qmp().execute("send-key", Map.of("keys", List.of(Map.of("type", "qcode", "data", key))));
    }

    /** Has QEMU's own words, and the command line that starts it, as a shell would take it. */
    @Override
    public Map<String, Path> records() {
        return Map.of("qemu.log", files.errorLog(), "qemu-command.txt", files.commandLine());
    }

    @Override
    public boolean can(Capability capability) {
        return switch (capability) {
            case SCREENSHOT, MEMORY_DUMP -> true;
        };
    }

    @Override
    public void dumpMemory(Path dump) {
        running()
                .qmp()
                .execute(
                        "dump-guest-memory",
                        Map.of("paging", false, "protocol", "file:" + dump.toAbsolutePath()),
                        MEMORY_DUMP_DEADLINE);
        Programs.find("fallocate").ifPresent(program -> digHoles(program, dump));
    }

    /** What the guest never used is zeros, which then take nothing on this host's disk. */
    private void digHoles(Path program, Path dump) {
        try {
            run.start(new ProcessBuilder(program.toString(), "--dig-holes", dump.toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD))
                    .waitFor();
        } catch (IOException e) {
            LOGGER.debug("Cannot dig holes into {}", dump, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void addListener(MachineListener listener) {
        listeners.add(listener);
    }

    @Override
    public void close() {
        synchronized (powerSwitch) {
            closed = true;
            powerCut();
            teller.shutdown();
        }
        awaitTold();
    }

    /** Whoever closes a machine may rely on its listeners knowing, unless it is a listener that closes it. */
    private void awaitTold() {
        if (Thread.currentThread() == tellerThread) {
            return;
        }
        try {
            if (!teller.awaitTermination(5, TimeUnit.SECONDS)) {
                LOGGER.warn("Machine '{}': a listener takes more than 5 s", name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Thread newTellerThread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-" + name());
        thread.setDaemon(true);
        tellerThread = thread;
        return thread;
    }

    private QemuProcess running() {
        QemuProcess current = process;
        if (current == null || !current.isAlive()) {
            throw new IllegalStateException("Machine '%s' is off.".formatted(name()));
        }
        return current;
    }

    private void tellOf(QmpMessage.Event event) {
        switch (event.name()) {
            case "RESET" -> {
                if (prompt != null) {
                    prompt.rearm();
                }
                tell(MachineListener::wasReset);
            }
            case "GUEST_PANICKED" -> {
                String what = GuestPanic.describe(event.data());
                tell(listener -> listener.guestPanicked(what));
            }
            default -> LOGGER.debug("Machine '{}': {}", name(), event);
        }
    }

    private void tellOf(QemuProcess.End end) {
        if (end instanceof QemuProcess.End.Broken broken) {
            tell(listener -> listener.died(broken.why()));
        } else {
            tell(listener -> listener.poweredOff(end instanceof QemuProcess.End.ByGuest));
        }
    }

    private void tell(Consumer<MachineListener> what) {
        teller.execute(() -> {
            for (MachineListener listener : listeners) {
                try {
                    what.accept(listener);
                } catch (RuntimeException e) {
                    LOGGER.warn("Machine '{}': a listener failed", name(), e);
                }
            }
        });
    }
}
