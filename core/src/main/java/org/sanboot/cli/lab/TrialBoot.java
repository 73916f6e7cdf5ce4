package org.sanboot.cli.lab;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.sanboot.ConfigurationException;
import org.sanboot.block.Durability;
import org.sanboot.block.Overlay;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Export;
import org.sanboot.iscsi.ExportConfiguration;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.iscsi.SessionInfo;
import org.sanboot.iscsi.SessionObserver;
import org.sanboot.machine.physical.BootNetwork;
import org.sanboot.machine.physical.PhysicalMachine;
import org.sanboot.process.Run;

/** What hosts need to be booted as a test boots them, with a blank disk. One serves all hosts of a check. */
final class TrialBoot implements AutoCloseable {

    private static final long DISK_SIZE = 64L << 20;

    private final Run run;
    private final BootNetwork network;
    private final IscsiServer target;

    TrialBoot(Run run, Inventory inventory) {
        this.run = run;
        this.network = BootNetwork.start(run, inventory);
        try {
            this.target = startTarget(inventory.network().orElseThrow());
        } catch (RuntimeException e) {
            network.close();
            throw e;
        }
    }

    /** A test that runs may have the port; any other will do to see whether the network lets it through. */
    private static IscsiServer startTarget(LabNetwork network) {
        try {
            return listen(network, network.iscsiPort());
        } catch (ConfigurationException e) {
            return listen(network, 0);
        }
    }

    private static IscsiServer listen(LabNetwork network, int port) {
        return IscsiServer.start(IscsiServerConfiguration.listeningOn(new InetSocketAddress(network.address(), port)));
    }

    InetSocketAddress targetAddress() {
        return target.portals().get(0);
    }

    boolean serves() {
        return network.serves();
    }

    /** A machine with a disk of its own, which goes with it. */
    record Prepared(PhysicalMachine machine, Export export, Overlay disk) implements AutoCloseable {
        @Override
        public void close() {
            try {
                machine.close();
            } finally {
                export.close();
                disk.close();
            }
        }
    }

    /** Prepares a boot; {@code loggedIn} is called when the host has opened its disk. */
    Prepared prepare(PhysicalHost host, Runnable loggedIn) {
        String name = HexFormat.of().toHexDigits(new SecureRandom().nextLong());
        ChapCredentials chap = new ChapCredentials("check", name);
        Iqn initiator = new Iqn("iqn.2026-11.org.sanboot:host." + name);
        Iqn disk = new Iqn("iqn.2026-11.org.sanboot:check." + name);
        Overlay blank = Overlay.createBlank(run.directory().resolve(name + ".qcow2"), DISK_SIZE, Durability.PROCESS);
        Export export = target.export(ExportConfiguration.named(disk)
                .lun(0, blank)
                .allowedInitiator(initiator)
                .chap(chap)
                .observer(new SessionObserver() {
                    @Override
                    public void loggedIn(SessionInfo session) {
                        loggedIn.run();
                    }
                })
                .build());
        IpxeScript script = IpxeScript.builder()
                .initiator(initiator.toString())
                .target(
                        targetAddress().getAddress().getHostAddress(),
                        targetAddress().getPort(),
                        0,
                        disk.toString())
                .chap(chap.name(), chap.secret())
                .chained()
                .build();
        return new Prepared(network.machine(host, script), export, blank);
    }

    @Override
    public void close() {
        target.close();
        network.close();
    }
}
