package org.sanboot.lab;

import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseRequest;
import org.sanboot.inventory.LeaseStore;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.logging.Logging;
import org.sanboot.machine.physical.AbandonedHosts;
import org.sanboot.machine.physical.BootNetwork;
import org.sanboot.process.Run;
import org.slf4j.Logger;

/**
 * The physical hosts of an inventory, and what they need on their network, which is started with the first of them.
 *
 * <p>Thread-safe. What users that died left on is switched off on a thread of its own, so that nobody waits who does not
 * want one of those hosts.
 */
final class HostPool implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(HostPool.class);
    private static final int SECRET_BYTES = 16;

    private final Run run;
    private final Inventory inventory;
    private final Duration patience;
    private final LeaseStore leases;
    private final CompletableFuture<Void> tidied;
    private final SecureRandom random = new SecureRandom();
    private @Nullable IscsiServer target;
    private @Nullable BootNetwork network;

    HostPool(Run run, Inventory inventory, Duration patience) {
        this.run = run;
        this.inventory = inventory;
        this.patience = patience;
        this.leases = LeaseStore.ofController();
        this.tidied = CompletableFuture.runAsync(this::tidy, HostPool::onThread);
    }

    private static void onThread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-abandoned-hosts");
        thread.setDaemon(true);
        thread.start();
    }

    private void tidy() {
        List<String> off = AbandonedHosts.powerOff(inventory, leases);
        if (!off.isEmpty()) {
            LOGGER.info("Switched off what users that died had left on: {}", off);
        }
    }

    /**
     * Waits for hosts and takes them, all at once, so that two tests never wait for each other with one host each.
     *
     * @param plans of physical hosts
     * @return sites in the order of the plans
     */
    List<Site> lease(List<HostPlan> plans) {
        List<List<String>> wishes = plans.stream()
                .map(plan -> ((MachineChoice.Physical) plan.machine())
                        .hosts().stream().map(PhysicalHost::name).toList())
                .toList();
        List<Lease> taken =
                leases.acquire(new LeaseRequest(wishes, plans.get(0).request().purpose(), patience));
        List<Site> sites = new ArrayList<>();
        for (int i = 0; i < taken.size(); i++) {
            Lease lease = taken.get(i);
            sites.add(new LeasedSite(this, plans.get(i), inventory.host(lease.host()), lease, secret()));
        }
        return sites;
    }

    /** As secret as 128 random bits, and short, because the iBFT has little room. */
    private ChapCredentials secret() {
        byte[] bytes = new byte[SECRET_BYTES];
        random.nextBytes(bytes);
        return new ChapCredentials("host", HexFormat.of().formatHex(bytes));
    }

    synchronized IscsiServer target() {
        IscsiServer server = target;
        if (server == null) {
            LabNetwork lab = inventory.network().orElseThrow();
            server = IscsiServer.start(
                    IscsiServerConfiguration.listeningOn(new InetSocketAddress(lab.address(), lab.iscsiPort())));
            target = server;
        }
        return server;
    }

    synchronized BootNetwork network() {
        BootNetwork started = network;
        if (started == null) {
            started = BootNetwork.start(run, inventory);
            network = started;
        }
        return started;
    }

    @Override
    public void close() {
        awaitTidied();
        synchronized (this) {
            if (network != null) {
                network.close();
            }
            if (target != null) {
                target.close();
            }
        }
        leases.close();
    }

    /** What is being switched off is leased until it is. */
    private void awaitTidied() {
        try {
            tidied.join();
        } catch (CompletionException e) {
            LOGGER.warn("Hosts that users had left on may still be: {}", String.valueOf(e.getCause()));
        }
    }
}
