package org.sanboot.machine.physical;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.DiskClone;
import org.sanboot.block.DiskFormat;
import org.sanboot.block.Durability;
import org.sanboot.block.Layer;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.Inventory;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.process.Run;

/**
 * One host of a lab in a network namespace of this process's own: a bridge, a simulated management controller, a QEMU that
 * nothing but that controller switches, and a target with the host's disk. Its cable can be pulled.
 */
final class LabBed implements AutoCloseable {

    static final String ADDRESS = "10.78.0.1";
    static final String MAC = "52:54:00:00:00:01";
    static final ChapCredentials CHAP = new ChapCredentials("host1", "a-secret-for-1-boot");

    private static final Iqn TARGET = new Iqn("iqn.2026-11.org.sanboot:bed.1");
    private static final Iqn INITIATOR = new Iqn("iqn.2026-11.org.sanboot:host.1");

    private final Path directory;
    private final Firmware firmware;
    private final Path cable;
    final Run run;
    final ControllerSimulator controller;

    LabBed(Path directory, Firmware firmware, boolean httpBoot) throws Exception {
        this.directory = directory;
        this.firmware = firmware;
        this.cable = directory.resolve("cable");
        for (String command : List.of(
                "ip link set lo up",
                "ip link add lab0 type bridge",
                "ip address add " + ADDRESS + "/24 dev lab0",
                "ip address add fd00:78::1/64 dev lab0 nodad",
                "ip tuntap add tap0 mode tap",
                "ip link set tap0 master lab0",
                "ip link set lab0 up",
                "ip link set tap0 up")) {
            command(command.split(" "));
        }
        run = Run.open(directory.resolve("runs"));
        run.start(new ProcessBuilder(
                "socat", "pty,raw,echo=0,link=" + cable + "-host", "pty,raw,echo=0,link=" + cable + "-bmc"));
        await("the cable").until(() -> Files.exists(Path.of(cable + "-bmc")));
        controller = new ControllerSimulator(
                directory,
                NetworkBed.CHASSIS.formatted(String.join(" ", qemu(httpBoot))),
                "sol \"%s-bmc\" 115200 nortscts history=65536".formatted(cable));
    }

    static void command(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        if (process.waitFor() != 0) {
            throw new IOException(Arrays.toString(command));
        }
    }

    /** Starts a DHCP server of the site's own, in a network namespace of its own on the same bridge. */
    void startSiteDhcp() throws Exception {
        command("ip", "link", "add", "site0", "type", "veth", "peer", "name", "site1");
        command("ip", "link", "set", "site0", "master", "lab0", "up");
        Process site = run.start(new ProcessBuilder(
                        "unshare",
                        "--net",
                        "sh",
                        "-c",
                        "echo here; read go; ip address add 10.78.0.2/24 dev site1; ip link set site1 up;"
                                + " exec dnsmasq -d --port=0 --interface=site1 --bind-interfaces"
                                + " --dhcp-range=10.78.0.50,10.78.0.99,1h --dhcp-leasefile="
                                + directory.resolve("site.leases") + " --pid-file=")
                .redirectError(directory.resolve("site.log").toFile()));
        if (site.inputReader(UTF_8).readLine() == null) {
            throw new IOException("the site's namespace");
        }
        command("ip", "link", "set", "site1", "netns", String.valueOf(site.pid()));
        site.outputWriter(UTF_8).append("go\n").flush();
        Path log = directory.resolve("site.log");
        await("the site's DHCP server").until(() -> Files.readString(log).contains("started"));
    }

    /** Writes the inventory: a network, the host's type with its power, and what else the host says. */
    Inventory inventory(String network, String type, String host) throws IOException {
        Files.writeString(directory.resolve("bmc-password"), ControllerSimulator.PASSWORD);
        return Inventory.read(Files.writeString(directory.resolve(Inventory.FILE), """
                network: {address: %s, device: lab0, iscsiPort: 0, %s}
                types:
                  bed:
                    firmware: %s
                    managementPort: dedicated
                    %s
                    power:
                      ipmi: {user: ADMIN, password: "file:%s", cipherSuite: 3, port: %d, interval: 0s}
                hosts:
                  host1: {type: bed, mac: "%s", bmc: 127.0.0.1%s}
                """.formatted(
                        ADDRESS,
                        network,
                        firmware.name().toLowerCase(Locale.ROOT),
                        type,
                        directory.resolve("bmc-password"),
                        controller.port(),
                        MAC,
                        host)));
    }

    static IscsiServer startTarget() {
        return IscsiServer.start(IscsiServerConfiguration.listeningOn(new InetSocketAddress(ADDRESS, 0)));
    }

    DiskClone clone(Path golden) {
        return DiskClone.create(
                Layer.open(golden, DiskFormat.RAW), directory.resolve("disk.qcow2"), Durability.PROCESS);
    }

    static void export(IscsiServer target, BlockDevice disk, SessionObserver observer) {
        target.export(ExportConfiguration.named(TARGET)
                .lun(0, disk)
                .allowedInitiator(INITIATOR)
                .chap(CHAP)
                .observer(observer)
                .build());
    }

    static IpxeScript script(String address, int port, String secret) {
        return IpxeScript.builder()
                .initiator(INITIATOR.toString())
                .target(address, port, 0, TARGET.toString())
                .chap(CHAP.name(), secret)
                .chained()
                .build();
    }

    /** Pulls the host's cable out, or puts it in again. */
    void link(boolean up) throws IOException {
        try (SocketChannel monitor = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            monitor.connect(UnixDomainSocketAddress.of(directory.resolve("qmp")));
            String commands = """
                    {"execute": "qmp_capabilities"}
                    {"execute": "set_link", "arguments": {"name": "lan", "up": %s}}
                    """.formatted(up);
            monitor.write(ByteBuffer.wrap(commands.getBytes(UTF_8)));
            // The greeting and two answers, so that it is done.
            StringBuilder said = new StringBuilder();
            ByteBuffer buffer = ByteBuffer.allocate(4096);
            while (said.toString().split("\"return\"", -1).length < 3 && monitor.read(buffer) >= 0) {
                said.append(UTF_8.decode(buffer.flip()));
                buffer.clear();
            }
        }
    }

    /** Waits until the host has been sent so much by the network. */
    void awaitSent(long bytes) {
        await("the host's network boot")
                .atMost(Duration.ofMinutes(2))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> sent() > bytes);
    }

    /** Not from /sys, which may be another network namespace's. */
    private static long sent() throws IOException {
        return Files.readAllLines(Path.of("/proc/net/dev")).stream()
                .map(line -> line.strip().split("[: ]+"))
                .filter(fields -> fields[0].equals("tap0"))
                .mapToLong(fields -> Long.parseLong(fields[9]))
                .sum();
    }

    boolean isRunning() {
        Path pid = directory.resolve("qemu.pid");
        return Files.exists(pid);
    }

    private List<String> qemu(boolean httpBoot) throws IOException {
        List<String> command = new ArrayList<>(
                List.of("qemu-system-x86_64 -machine q35 -accel tcg -m 512 -display none -nodefaults".split(" ")));
        command.addAll(List.of(
                "-netdev",
                "tap,id=lan,ifname=tap0,script=no,downscript=no",
                "-chardev",
                "serial,id=line,path=" + cable + "-host",
                "-serial",
                "chardev:line",
                "-qmp",
                "unix:qmp,server=on,wait=off",
                "-boot",
                "order=n"));
        String card = "virtio-net-pci,netdev=lan,mac=" + MAC;
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
        if (httpBoot) {
            // What a person sets in the firmware's menu: HTTP before PXE, which takes its time to give up.
            command.addAll(List.of(
                    "-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n",
                    "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"));
        }
        command.addAll(List.of("-device", card, "-device", "VGA", "-device", "virtio-rng-pci"));
        return command;
    }

    @Override
    public void close() throws Exception {
        controller.close();
        if (isRunning()) {
            long pid = Long.parseLong(
                    Files.readString(directory.resolve("qemu.pid")).strip());
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        run.close();
    }
}
