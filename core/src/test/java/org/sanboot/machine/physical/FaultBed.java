package org.sanboot.machine.physical;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.sanboot.SanbootException;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.DiskClone;
import org.sanboot.boot.Firmware;
import org.sanboot.guest.ssh.SshAuthentication;
import org.sanboot.guest.ssh.SshConfiguration;
import org.sanboot.guest.ssh.SshGuest;
import org.sanboot.inventory.Inventory;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;

/**
 * Lets one thing go wrong with the host of a {@link LabBed}, and prints one line for each thing that happens.
 *
 * <p>Arguments: a directory, {@code bios} or {@code uefi}, the golden disk, the identity of its user, the fault, and for
 * some faults when and for how many seconds. Runs in network and process namespaces of its own.
 */
final class FaultBed {

    private static final Duration LONGEST_BOOT = Duration.ofMinutes(4);

    /** Bytes to the host: more than its DHCP takes, and less than its iPXE. */
    private static final long TFTP_UNDER_WAY = 64 * 1024;

    /** It is the disk that is tried here, and the longest time without a link is no end of an ssh session then. */
    private static final Duration SSH_PATIENCE = Duration.ofMinutes(1);

    private static final String OWN_DHCP = "dhcp: own, range: 10.78.0.100-10.78.0.199";

    private final Path directory;
    private final Firmware firmware;
    private final Path golden;
    private final Path identity;
    private final String fault;
    private final String when;
    private final long seconds;
    private final CountDownLatch failed = new CountDownLatch(1);
    private volatile long begin = System.nanoTime();
    private @Nullable LabBed lab;
    private volatile @Nullable Process server;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final CountDownLatch linkDown = new CountDownLatch(1);
    private volatile boolean ready;
    private volatile Optional<String> death = Optional.empty();
    private boolean struck;

    private FaultBed(String[] arguments) {
        this.directory = Path.of(arguments[0]);
        this.firmware = Firmware.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        this.golden = Path.of(arguments[2]);
        this.identity = Path.of(arguments[3]);
        this.fault = arguments[4];
        this.when = arguments.length > 5 ? arguments[5].replace('-', ' ') : "";
        this.seconds = arguments.length > 6 ? Long.parseLong(arguments[6]) : 0;
    }

    public static void main(String[] arguments) {
        FaultBed bed = new FaultBed(arguments);
        try (LabBed lab = new LabBed(bed.directory, bed.firmware, bed.fault.equals("http"))) {
            bed.lab = lab;
            bed.run(lab);
        } catch (Exception | AssertionError e) {
            bed.say("broken: " + e);
            e.printStackTrace(System.out);
        }
        System.exit(0);
    }

    /** Prints what happens, and lets the fault happen when it is its turn. */
    private void say(String what) {
        System.out.printf(Locale.ROOT, "%7.2f %s%n", (System.nanoTime() - begin) / 1e9, what);
        if (what.equals(when) && !begun.getAndSet(true)) {
            new Thread(this::strike).start();
        }
    }

    private void run(LabBed bed) throws Exception {
        begin = System.nanoTime();
        switch (fault) {
            case "none", "link", "dnsmasq" -> boot(inventory(bed, OWN_DHCP, "2m", ""));
            case "http" -> boot(inventory(bed, OWN_DHCP, "4m", "boot: http"));
            case "proxy" -> {
                bed.startSiteDhcp();
                boot(inventory(bed, "dhcp: proxy", "2m", ""));
            }
            case "serve" -> {
                Inventory inventory = inventory(bed, OWN_DHCP, "2m", "");
                sanboot(bed, "serve");
                boot(inventory);
            }
            case "check" -> {
                Inventory unused = inventory(bed, OWN_DHCP, "2m", "");
                say("status " + sanboot(bed, "check").waitFor());
            }
            case "other-card" -> {
                Inventory unused = inventory(bed, OWN_DHCP, "8s", "");
                Path file = directory.resolve(Inventory.FILE);
                bootInVain(
                        Inventory.read(Files.writeString(
                                file, Files.readString(file).replace(LabBed.MAC, "52:54:00:00:00:77"))),
                        LabBed.ADDRESS,
                        LabBed.CHAP.secret());
            }
            case "link-in-vain" -> bootInVain(inventory(bed, OWN_DHCP, "1m", ""), LabBed.ADDRESS, LabBed.CHAP.secret());
            case "refused" -> bootInVain(inventory(bed, OWN_DHCP, "2m", ""), LabBed.ADDRESS, "");
            case "unreachable" -> bootInVain(inventory(bed, OWN_DHCP, "2m", ""), "10.78.0.250", "");
            case "secret" -> bootInVain(inventory(bed, OWN_DHCP, "2m", ""), LabBed.ADDRESS, "another-secret");
            default -> switchOff(bed);
        }
    }

    private static Inventory inventory(LabBed bed, String network, String script, String type) throws IOException {
        return bed.inventory(
                network, "timeouts: {power: 2s, offTime: 100ms, script: %s}\n    %s".formatted(script, type), "");
    }

    /** Starts {@code sanboot lab}; what serves is waited for until it does. */
    private Process sanboot(LabBed bed, String command) throws IOException {
        Process process = bed.run.start(new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Dsanboot.leases=" + System.getProperty("sanboot.leases"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "org.sanboot.cli.Main",
                        "lab",
                        command,
                        "--inventory",
                        directory.resolve(Inventory.FILE).toString())
                .redirectErrorStream(true));
        BufferedReader output = process.inputReader();
        for (String line; (line = output.readLine()) != null; ) {
            System.out.println(line);
            if (line.startsWith("Serving")) {
                server = process;
                break;
            }
        }
        return process;
    }

    /** Boots, works on the disk, and works again after a fault that came when the guest was ready. */
    private void boot(Inventory inventory) throws Exception {
        try (IscsiServer target = LabBed.startTarget();
                DiskClone disk = lab().clone(golden);
                BootNetwork network = BootNetwork.start(lab().run, inventory);
                PhysicalMachine machine = network.machine(
                        inventory.host("host1"),
                        LabBed.script(LabBed.ADDRESS, target.portals().get(0).getPort(), LabBed.CHAP.secret()))) {
            LabBed.export(target, flushTeller(disk), new SessionTeller());
            machine.addListener(new Teller());
            powerOn(machine);
            try (SshGuest guest = new SshGuest(
                    SshConfiguration.of(() -> addressOf(machine), "root", new SshAuthentication.PrivateKey(identity))
                            .withKeepAlive(SSH_PATIENCE))) {
                guest.awaitReady(LONGEST_BOOT, () -> death);
                ready = true;
                say("ready");
                say("wrote "
                        + guest.run(
                                        "dd if=/dev/zero of=/root/file bs=64k count=64 conv=fsync 2> /dev/null && echo first")
                                .stdout()
                                .strip());
                awaitStrike();
                say("wrote "
                        + guest.run(
                                        "dd if=/dev/zero of=/root/file bs=64k count=64 conv=fsync 2> /dev/null && echo second")
                                .stdout()
                                .strip());
            }
            machine.powerCut();
            say("off");
        }
    }

    /** Tells of the first flush of the guest that is ready; a link that is lost then is lost before the answer. */
    private BlockDevice flushTeller(DiskClone disk) {
        return (BlockDevice) Proxy.newProxyInstance(
                BlockDevice.class.getClassLoader(), new Class<?>[] {BlockDevice.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("flush") && ready && when.equals("flush") && !begun.get()) {
                        say("flush");
                        linkDown.await();
                    }
                    try {
                        return method.invoke(disk, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void powerOn(PhysicalMachine machine) {
        say("power on");
        machine.powerOn();
        if (when.equals("TFTP")) {
            lab().awaitSent(TFTP_UNDER_WAY);
            say("TFTP");
        }
    }

    private static InetSocketAddress addressOf(PhysicalMachine machine) {
        try {
            return machine.sshAddress();
        } catch (IllegalStateException e) {
            return new InetSocketAddress(LabBed.ADDRESS, 22);
        }
    }

    /** Boots from a disk that the host cannot get at; without a secret nobody listens there. */
    private void bootInVain(Inventory inventory, String address, String secret) throws Exception {
        try (IscsiServer target = LabBed.startTarget();
                DiskClone disk = lab().clone(golden);
                BootNetwork network = BootNetwork.start(lab().run, inventory);
                PhysicalMachine machine = network.machine(
                        inventory.host("host1"),
                        LabBed.script(
                                address,
                                secret.isEmpty() ? 9 : target.portals().get(0).getPort(),
                                secret.isEmpty() ? LabBed.CHAP.secret() : secret))) {
            LabBed.export(target, disk, new SessionTeller());
            machine.addListener(new Teller());
            powerOn(machine);
            if (!failed.await(LONGEST_BOOT.toSeconds(), TimeUnit.SECONDS)) {
                say("nothing was said");
            }
        }
        say("off");
    }

    /** Switches the host off by a controller that does not do its part. */
    private void switchOff(LabBed bed) throws Exception {
        Inventory inventory = inventory(bed, OWN_DHCP, "2m", "");
        Path chassis = directory.resolve("chassis");
        switch (fault) {
            case "password" -> Files.writeString(directory.resolve("bmc-password"), "wrong");
            case "stuck" -> Files.writeString(chassis, Files.readString(chassis).replace("0\") stop", "0\") true"));
            case "silent" -> bed.controller.freeze();
            case "hangs" -> {
                bed.controller.freeze();
                // Without mains neither the host runs nor its controller, which starts anew when they come back.
                String all = "p=$(cat %1$s/qemu.pid) && kill -9 $p; rm -f %1$s/qemu.pid; echo off > %1$s/mains";
                inventory = bed.inventory(
                        OWN_DHCP,
                        "timeouts: {power: 2s, offTime: 100ms, script: 2m}",
                        ", outlet: {command: {off: '%s', on: '%s', status: '%s'}}"
                                .formatted(
                                        all.formatted(directory),
                                        "kill -CONT %d; echo on > %s/mains".formatted(bed.controller.pid(), directory),
                                        "cat %s/mains".formatted(directory)));
            }
            default -> throw new IllegalArgumentException(fault);
        }
        if (!fault.equals("password")) {
            LabBed.command("sh", "-c", "cd " + directory + " && chmod +x chassis && ./chassis host1 set power 1");
        }
        begin = System.nanoTime();
        try {
            PhysicalMachine.powerOff(inventory.host("host1"));
            say("off");
        } catch (SanbootException e) {
            say("error " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
        say(bed.isRunning() ? "the host runs" : "the host does not run");
    }

    private synchronized void strike() {
        try {
            switch (fault) {
                case "link", "link-in-vain" -> {
                    lab().link(false);
                    say("link down");
                    linkDown.countDown();
                    TimeUnit.SECONDS.sleep(seconds);
                    lab().link(true);
                    say("link up");
                }
                case "dnsmasq" -> {
                    for (ProcessHandle child :
                            ProcessHandle.current().descendants().toList()) {
                        if (child.info().command().orElse("").endsWith("dnsmasq")) {
                            child.destroyForcibly();
                            say("dnsmasq killed");
                        }
                    }
                }
                case "serve" -> {
                    ProcessHandle served = Objects.requireNonNull(server).toHandle();
                    served.destroyForcibly();
                    say("the serving process is killed");
                }
                default -> throw new IllegalArgumentException(fault);
            }
        } catch (IOException | InterruptedException e) {
            say("broken: " + e);
        }
        struck = true;
        notifyAll();
    }

    private synchronized void awaitStrike() throws InterruptedException {
        while (!when.isEmpty() && !struck) {
            wait();
        }
    }

    private LabBed lab() {
        LabBed bed = lab;
        if (bed == null) {
            throw new IllegalStateException();
        }
        return bed;
    }

    private final class SessionTeller implements SessionObserver {

        @Override
        public void loggedIn(SessionInfo session) {
            say(whose(session) + " login");
        }

        @Override
        public void firstRead(SessionInfo session) {
            say(whose(session) + " read");
        }

        /** What iPXE's session identifiers begin with; Linux's and EDK2's do not. */
        private static String whose(SessionInfo session) {
            return Long.toHexString(session.isid()).startsWith("4") ? "firmware" : "system";
        }
    }

    private final class Teller implements MachineListener {

        @Override
        public void poweredOn() {
            say("powered on");
        }

        @Override
        public void networkBoot(NetworkBootStep step) {
            say(step.toString());
        }

        @Override
        public void networkBootFailed(String why) {
            say("failed: " + why);
            failed.countDown();
        }

        @Override
        public void wasReset() {
            say("reset");
        }

        @Override
        public void died(String why) {
            say("died: " + why);
            death = Optional.of(why);
            failed.countDown();
        }
    }
}
