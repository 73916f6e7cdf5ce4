package org.sanboot.machine.physical;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.sanboot.block.DiskClone;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.guest.ssh.SshAuthentication;
import org.sanboot.guest.ssh.SshConfiguration;
import org.sanboot.guest.ssh.SshGuest;
import org.sanboot.inventory.Inventory;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.machine.MachineListener;
import org.sanboot.machine.NetworkBootStep;
import org.sanboot.process.Run;

/**
 * A lab in a network namespace: a bridge, a simulated management controller, and a QEMU that nothing but that controller
 * switches, with a network card that boots by its own ROM. Prints one line for each thing that happens.
 *
 * <p>Arguments: a directory, {@code bios} or {@code uefi}, the golden disk and the identity of its user.
 */
final class NetworkBed {

    private static final String ADDRESS = "10.78.0.1";
    private static final Iqn TARGET = new Iqn("iqn.2026-11.org.sanboot:bed.1");
    private static final Iqn INITIATOR = new Iqn("iqn.2026-11.org.sanboot:host.1");
    private static final Duration LONGEST_BOOT = Duration.ofMinutes(4);

    static final String CHASSIS = """
            #!/bin/sh
            cd "$(dirname "$0")" && echo "$*" >> chassis.log
            running() {
              pid=$(cat qemu.pid 2> /dev/null) && [ "$pid" ] || return 1
              case $(cut -d ' ' -f 3 "/proc/$pid/stat" 2> /dev/null) in ''|Z) return 1;; esac
            }
            start() {
              running || %1$s -daemonize -pidfile qemu.pid > qemu.log 2>&1
            }
            stop() {
              running && kill -9 "$pid"
              rm -f qemu.pid
            }
            shift
            case $1 in
              get) shift
                for what in "$@"; do
                  case $what in power) running && echo power:1 || echo power:0;; *) echo "$what:0";; esac
                done;;
              set) shift
                while [ $# -gt 1 ]; do
                  case "$1 $2" in "power 1") start;; "power 0") stop;; shutdown*) stop;; esac
                  shift 2
                done;;
            esac
            """;

    private final Path directory;
    private final Firmware firmware;
    private final Path golden;
    private final Path identity;
    private final long begin = System.nanoTime();

    NetworkBed(String[] arguments) {
        this.directory = Path.of(arguments[0]);
        this.firmware = Firmware.valueOf(arguments[1].toUpperCase(Locale.ROOT));
        this.golden = Path.of(arguments[2]);
        this.identity = Path.of(arguments[3]);
    }

    public static void main(String[] arguments) throws Exception {
        NetworkBed bed = new NetworkBed(arguments);
        try {
            bed.makeNetwork();
            bed.boot();
        } catch (Exception | AssertionError e) {
            bed.say("broken: " + e);
            e.printStackTrace(System.out);
        }
        System.exit(0);
    }

    private void say(String what) {
        System.out.printf(Locale.ROOT, "%7.2f %s%n", (System.nanoTime() - begin) / 1e9, what);
    }

    void makeNetwork() throws Exception {
        for (String command : List.of(
                "ip link set lo up",
                "ip link add lab0 type bridge",
                "ip address add " + ADDRESS + "/24 dev lab0",
                "ip address add fd00:78::1/64 dev lab0 nodad",
                "ip tuntap add tap0 mode tap",
                "ip link set tap0 master lab0",
                "ip link set lab0 up",
                "ip link set tap0 up")) {
            Process process = new ProcessBuilder(command.split(" ")).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IOException(command);
            }
        }
    }

    private void boot() throws Exception {
        Path cable = directory.resolve("cable");
        try (Run run = Run.open(directory.resolve("runs"));
                IscsiServer target =
                        IscsiServer.start(IscsiServerConfiguration.listeningOn(new InetSocketAddress(ADDRESS, 0)));
                Layer base = Layer.open(golden, DiskFormat.RAW);
                DiskClone disk = DiskClone.create(base, directory.resolve("disk.qcow2"), Durability.PROCESS)) {
            run.start(new ProcessBuilder(
                    "socat", "pty,raw,echo=0,link=" + cable + "-host", "pty,raw,echo=0,link=" + cable + "-bmc"));
            while (!Files.exists(Path.of(cable + "-bmc"))) {
                TimeUnit.MILLISECONDS.sleep(20);
            }
            try (ControllerSimulator controller = new ControllerSimulator(
                            directory,
                            CHASSIS.formatted(String.join(" ", qemu(cable))),
                            "sol \"%s-bmc\" 115200 nortscts history=65536".formatted(cable));
                    BootNetwork network = BootNetwork.start(run, inventory(controller.port()))) {
                say("bed is up");
                boot(target, disk, network);
            }
            say("bed is down");
        }
    }

    private void boot(IscsiServer target, DiskClone disk, BootNetwork network) throws Exception {
        ChapCredentials chap = new ChapCredentials("host1", "a-secret-for-1-boot");
        target.export(ExportConfiguration.named(TARGET)
                .lun(0, disk)
                .allowedInitiator(INITIATOR)
                .chap(chap)
                .observer(new SessionObserver() {
                    @Override
                    public void loggedIn(SessionInfo session) {
                        say("login " + Long.toHexString(session.isid()));
                    }
                })
                .build());
        IpxeScript script = IpxeScript.builder()
                .initiator(INITIATOR.toString())
                .target(ADDRESS, target.portals().get(0).getPort(), 0, TARGET.toString())
                .chap(chap.name(), chap.secret())
                .chained()
                .build();
        Inventory inventory = inventory(0);
        try (PhysicalMachine machine = network.machine(inventory.host("host1"), script)) {
            machine.addListener(new Teller());
            for (String life : List.of("first", "second")) {
                say("power on");
                machine.powerOn();
                useGuest(machine, life);
                machine.powerCut();
                say("off " + life);
                disk.revert();
            }
            say("console "
                    + Files.readString(machine.console().log())
                            .lines()
                            .filter(line -> line.contains("===") || line.contains("sanboot") || line.contains("login:"))
                            .map(String::strip)
                            .toList());
        }
    }

    /** Nothing that the first life wrote is there in the second. */
    private void useGuest(PhysicalMachine machine, String life) {
        try (SshGuest guest = new SshGuest(
                SshConfiguration.of(() -> addressOf(machine), "root", new SshAuthentication.PrivateKey(identity)))) {
            guest.awaitReady(LONGEST_BOOT, Optional::empty);
            say("ready " + life);
            say("guest says "
                    + guest.run("uname -s; ls /root/note; echo here > /root/note && sync")
                            .stdout()
                            .strip()
                            .replace("\n", " "));
        }
    }

    private static InetSocketAddress addressOf(PhysicalMachine machine) {
        try {
            return machine.sshAddress();
        } catch (IllegalStateException e) {
            // Not so far yet: an address that nobody has, so that the guest is asked again.
            return new InetSocketAddress(ADDRESS, 22);
        }
    }

    private final class Teller implements MachineListener {
        @Override
        public void networkBoot(NetworkBootStep step) {
            say("step " + step);
        }

        @Override
        public void poweredOn() {
            say("powered on");
        }

        @Override
        public void died(String why) {
            say("died: " + why);
        }
    }

    Inventory inventory(int controllerPort) throws IOException {
        Path file = directory.resolve(Inventory.FILE);
        if (controllerPort != 0) {
            Files.writeString(directory.resolve("bmc-password"), ControllerSimulator.PASSWORD);
            Files.writeString(file, """
                    network:
                      address: %s
                      device: lab0
                      dhcp: own
                      range: 10.78.0.100-10.78.0.199
                    types:
                      bed:
                        firmware: %s
                        managementPort: dedicated
                        timeouts: {power: 10s, offTime: 100ms, script: 2m}
                        power:
                          ipmi:
                            user: ADMIN
                            password: file:%s
                            cipherSuite: 3
                            port: %d
                            interval: 0s
                    hosts:
                      host1: {type: bed, mac: 52:54:00:00:00:01, bmc: 127.0.0.1}
                    """.formatted(
                            ADDRESS,
                            firmware.name().toLowerCase(Locale.ROOT),
                            directory.resolve("bmc-password"),
                            controllerPort));
        }
        return Inventory.read(file);
    }

    List<String> qemu(Path cable) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "qemu-system-x86_64",
                "-machine",
                "q35",
                "-accel",
                "tcg",
                "-m",
                "512",
                "-display",
                "none",
                "-nodefaults"));
        command.addAll(List.of("-netdev", "tap,id=lan,ifname=tap0,script=no,downscript=no"));
        command.addAll(List.of(
                "-chardev", "serial,id=line,path=" + cable + "-host", "-serial", "chardev:line", "-boot", "order=n"));
        String card = "virtio-net-pci,netdev=lan,mac=52:54:00:00:00:01";
        if (firmware == Firmware.UEFI) {
            Path variables = directory.resolve("variables.fd");
            Files.copy(Path.of("/usr/share/OVMF/OVMF_VARS_4M.fd"), variables);
            command.addAll(List.of(
                    "-drive",
                    "if=pflash,format=raw,unit=0,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                    "-drive",
                    "if=pflash,format=raw,unit=1,file=" + variables));
            card += ",romfile=";
        }
        command.addAll(List.of("-device", card, "-device", "VGA", "-device", "virtio-rng-pci"));
        return command;
    }
}
