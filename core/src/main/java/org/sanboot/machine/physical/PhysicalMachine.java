package org.sanboot.machine.physical;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.InfrastructureException;
import org.sanboot.TestException;
import org.sanboot.boot.BootObserver;
import org.sanboot.boot.BootOffer;
import org.sanboot.boot.IpxeError;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.ManagementPort;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.inventory.PowerConnection;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Console;
import org.sanboot.machine.Machine;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * A real computer: each power-on is a cold start from the network, with the power verified off before.
 *
 * <p>Where the management controller shares its port with the boot, no console is open from power-off until the boot
 * script runs. That the guest switches the host off by itself is noticed within {@value #SECONDS_BETWEEN_LOOKS} seconds,
 * where the controller can tell.
 *
 * <p>Thread-safe. Listeners are told on a thread of the machine's own, in the order in which things happened, and may
 * call the machine.
 */
public final class PhysicalMachine implements Machine {

    private static final Logger LOGGER = Logging.logger(PhysicalMachine.class);
    private static final int SSH_PORT = 22;
    private static final int SECONDS_BETWEEN_LOOKS = 15;
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final BootNetwork network;
    private final PhysicalHost host;
    private final IpxeScript script;
    private final PowerControl power;
    private final @Nullable PowerControl outlet;
    private final ColdCycle cycle;
    private final Console console;
    private final @Nullable SerialOverLan serialLine;
    private final List<MachineListener> listeners = new CopyOnWriteArrayList<>();
    private final ExecutorService teller;
    private final ScheduledExecutorService watcher;

    private final Object powerSwitch = new Object();
    private volatile boolean on;
    private volatile @Nullable InetAddress address;

    /** Whether what is seen on the network is a boot of ours. */
    private volatile boolean expected;

    private volatile boolean askedDhcp;

    private volatile boolean fetchedScript;
    private @Nullable BootOffer offer;
    private @Nullable ScheduledFuture<?> scriptDeadline;
    private boolean closed;

    PhysicalMachine(Run run, BootNetwork network, PhysicalHost host, IpxeScript script) {
        this.network = network;
        this.host = host;
        this.script = script;
        this.power = PowerControl.of(host);
        this.outlet = PowerControl.ofOutlet(host).orElse(null);
        this.cycle = new ColdCycle(host, power, outlet);
        ConsoleLog log = new ConsoleLog(run.directory()
                .resolve("machines")
                .resolve(host.name() + "-" + System.nanoTime())
                .resolve("console.log"));
        this.serialLine = host.power() instanceof PowerConnection.Ipmi ipmi
                ? new SerialOverLan(run, host.name(), ipmi, log)
                : null;
        this.console = serialLine == null ? new NoConsole(host.name(), log) : serialLine;
        this.teller = Executors.newSingleThreadExecutor(task -> thread(task, "sanboot-" + host.name()));
        this.watcher = Executors.newSingleThreadScheduledExecutor(task -> thread(task, "sanboot-watch-" + host.name()));
    }

    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Takes a host's power away without booting it, for a host whose last user died.
     *
     * @param host from the inventory, leased
     * @throws InfrastructureException when it cannot be switched off
     */
    public static void powerOff(PhysicalHost host) {
        try (PowerControl power = PowerControl.of(host)) {
            Optional<PowerControl> outlet = PowerControl.ofOutlet(host);
            try {
                new ColdCycle(host, power, outlet.orElse(null)).powerOff();
            } finally {
                outlet.ifPresent(PowerControl::close);
            }
        }
    }

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public void powerOn() {
        synchronized (powerSwitch) {
            if (on) {
                return;
            }
            if (closed) {
                throw new IllegalStateException("Machine '%s' has been closed.".formatted(name()));
            }
            // Off before there is anything to boot: what still ran would take the script for itself.
            cycle.powerOff();
            askedDhcp = false;
            fetchedScript = false;
            expected = true;
            offer = network.server().offer(host.mac(), script, new Progress());
            if (serialLine != null && host.type().managementPort() == ManagementPort.DEDICATED) {
                serialLine.connect();
            }
            try {
                cycle.powerOn();
            } catch (RuntimeException e) {
                withdraw();
                leaveOff(e);
                throw e;
            }
            on = true;
            tell(MachineListener::poweredOn);
            watch();
        }
    }

    /** What could not be switched on may come on yet, when nobody expects it. */
    private void leaveOff(RuntimeException trouble) {
        try {
            cycle.powerOff();
        } catch (RuntimeException e) {
            trouble.addSuppressed(e);
        }
    }

    private void watch() {
        Duration deadline = host.type().timeouts().script();
        scriptDeadline = watcher.schedule(this::requireScript, deadline.toMillis(), TimeUnit.MILLISECONDS);
        if (power.can(PowerControl.Capability.STATE)) {
            var unused = watcher.schedule(this::look, SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS);
        }
    }

    private void requireScript() {
        if (on && !fetchedScript) {
            String seen = network.isServed()
                    ? whatWasSeen()
                    : "the process that served the lab's network has ended, and no other one can take its place";
            String why = "host %s did not fetch its boot script within %d s; %s"
                    .formatted(name(), host.type().timeouts().script().toSeconds(), seen);
            tell(listener -> listener.died(why));
        }
    }

    /** The guest may restart the host by itself, and what was set for one start has been used up by this one. */
    private void bootFromNetworkAgain() {
        try {
            if (on && power.can(PowerControl.Capability.NETWORK_BOOT_ONCE)) {
                power.bootFromNetworkOnce(host.type().firmware(), host.type().boot());
            }
        } catch (PowerException e) {
            LOGGER.debug("Host {}: {}", name(), e.getMessage());
        }
    }

    private String whatWasSeen() {
        if (askedDhcp) {
            return "it asked for an address, so its network boot began: TFTP, or HTTP to "
                    + network.server().entryScript();
        }
        return network.seesDhcp()
                ? "it never asked for an address: its boot order, its network card or its cable"
                : "whether it asked for an address is not known here, for the site's DHCP server answers";
    }

    /** Notices that the guest switched the host off. */
    private void look() {
        boolean isOff = false;
        try {
            isOff = on && !power.isOn();
        } catch (PowerException e) {
            LOGGER.debug("Host {}: {}", name(), e.getMessage());
        }
        synchronized (powerSwitch) {
            if (!on) {
                return;
            }
            if (isOff) {
                wentOff(true);
            } else if (!closed) {
                var unused = watcher.schedule(this::look, SECONDS_BETWEEN_LOOKS, TimeUnit.SECONDS);
            }
        }
    }

    @Override
    public void powerCut() {
        synchronized (powerSwitch) {
            withdraw();
            if (on) {
                cycle.powerOff();
                wentOff(false);
            }
        }
    }

    /** Called with the power switch held, when the host is off for sure. */
    private void wentOff(boolean byGuest) {
        on = false;
        withdraw();
        if (serialLine != null && host.type().managementPort() == ManagementPort.SHARED) {
            serialLine.disconnect();
        }
        tell(listener -> listener.poweredOff(byGuest));
    }

    private void withdraw() {
        expected = false;
        if (offer != null) {
            offer.close();
            offer = null;
        }
        if (scriptDeadline != null) {
            scriptDeadline.cancel(false);
            scriptDeadline = null;
        }
    }

    /** Where there is no reset button, a cold start is the same to the guest. */
    @Override
    public void reset() {
        synchronized (powerSwitch) {
            requireOn();
            if (power.can(PowerControl.Capability.NETWORK_BOOT_ONCE)) {
                power.bootFromNetworkOnce(host.type().firmware(), host.type().boot());
            }
            if (power.can(PowerControl.Capability.RESET)) {
                power.reset();
            } else {
                cycle.powerOff();
                cycle.powerOn();
            }
            tell(MachineListener::wasReset);
        }
    }

    @Override
    public void shutdown(Duration timeout) {
        if (!on) {
            return;
        }
        if (!power.can(PowerControl.Capability.SOFT_OFF) || !power.can(PowerControl.Capability.STATE)) {
            throw new ConfigurationException(
                    "Host %s: %s cannot press the power button and see what comes of it; shut it down by a command in its guest, then cut its power."
                            .formatted(name(), power.description()));
        }
        power.softOff();
        long deadline = System.nanoTime() + timeout.toNanos();
        while (power.isOn()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TestException(
                        "Host '%s' is still on %s after its operating system was asked to shut down; the console's last lines are:\n%s"
                                .formatted(name(), timeout, console.tail(5)));
            }
            Pause.SLEEP.of(LOOK);
        }
        synchronized (powerSwitch) {
            if (on) {
                wentOff(true);
            }
        }
    }

    @Override
    public boolean isOn() {
        return on;
    }

    @Override
    public InetSocketAddress sshAddress() {
        requireOn();
        Optional<String> configured = host.address();
        if (configured.isPresent()) {
            return new InetSocketAddress(configured.orElseThrow(), SSH_PORT);
        }
        InetAddress seen = address;
        if (seen == null) {
            throw new IllegalStateException(
                    "Where host '%s' is reached is learnt from its boot, and it has not come so far."
                            .formatted(name()));
        }
        return new InetSocketAddress(seen, SSH_PORT);
    }

    private void requireOn() {
        if (!on) {
            throw new IllegalStateException("Machine '%s' is off.".formatted(name()));
        }
    }

    @Override
    public Console console() {
        return console;
    }

    @Override
    public void screenshot(Path png) {
        throw new InfrastructureException("Host '%s' has no screen that can be read from here.".formatted(name()));
    }

    @Override
    public boolean can(Capability capability) {
        return switch (capability) {
            case SCREENSHOT, MEMORY_DUMP -> false;
        };
    }

    @Override
    public void dumpMemory(Path dump) {
        throw new InfrastructureException("Host '%s' has no memory that can be read from here.".formatted(name()));
    }

    @Override
    public Optional<Path> viewer() {
        return Optional.empty();
    }

    @Override
    public Map<String, Path> records() {
        return Map.of();
    }

    /** Leaves the host to somebody else, who has taken it over: it is not switched any more from here. */
    public void relinquish() {
        synchronized (powerSwitch) {
            if (on) {
                wentOff(false);
            }
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
            try {
                powerCut();
            } finally {
                if (serialLine != null) {
                    serialLine.close();
                }
                power.close();
                if (outlet != null) {
                    outlet.close();
                }
                watcher.shutdownNow();
                teller.shutdown();
            }
        }
        awaitTold();
    }

    /** Whoever closes a machine may rely on its listeners knowing. */
    private void awaitTold() {
        try {
            if (!teller.awaitTermination(5, TimeUnit.SECONDS)) {
                LOGGER.warn("Machine '{}': a listener takes more than 5 s", name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(Consumer<MachineListener> what) {
        try {
            teller.execute(() -> listeners.forEach(listener -> tell(listener, what)));
        } catch (RejectedExecutionException e) {
            // Closed meanwhile.
        }
    }

    private void tell(MachineListener listener, Consumer<MachineListener> what) {
        try {
            what.accept(listener);
        } catch (RuntimeException e) {
            LOGGER.warn("Machine '{}': a listener failed", name(), e);
        }
    }

    /** Hears from the boot server how far the host has come. */
    private final class Progress implements BootObserver {

        @Override
        public void addressRequested() {
            if (expected && !askedDhcp) {
                askedDhcp = true;
                tell(listener -> listener.networkBoot(NetworkBootStep.ADDRESS_REQUESTED));
            }
        }

        @Override
        public void scriptFetched(InetAddress from) {
            boolean again = fetchedScript;
            address = from;
            fetchedScript = true;
            if (again) {
                // Its operating system, or its watchdog, restarted it.
                tell(MachineListener::wasReset);
            }
            tell(listener -> listener.networkBoot(NetworkBootStep.SCRIPT_FETCHED));
        }

        @Override
        public void scriptRunning() {
            if (serialLine != null) {
                serialLine.connect();
            }
            tell(listener -> listener.networkBoot(NetworkBootStep.SCRIPT_RUNNING));
            watcher.execute(PhysicalMachine.this::bootFromNetworkAgain);
        }

        @Override
        public void sanFailed(String error) {
            String why = "host %s ran its boot script and could not boot from %s: %s"
                    .formatted(name(), script.sanUri(), IpxeError.explain(error));
            LOGGER.warn("{}", why);
            tell(listener -> listener.networkBootFailed(why));
        }
    }
}
