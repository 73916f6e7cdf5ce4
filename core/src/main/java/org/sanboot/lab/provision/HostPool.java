package org.sanboot.lab.provision;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.sanboot.inventory.Inventory;
import org.sanboot.inventory.LabNetwork;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.LeaseStore;
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
public final class HostPool implements AutoCloseable {

    private static final Logger LOGGER = Logging.logger(HostPool.class);

    private final Run run;
    private final Inventory inventory;
    private final Duration patience;
    private final LeaseStore leases;
    private final CompletableFuture<Void> tidied;
    private final Set<ReservedHosts> reservations = ConcurrentHashMap.newKeySet();
    private @Nullable IscsiServer target;
    private @Nullable BootNetwork network;

    public HostPool(Run run, Inventory inventory, Duration patience) {
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
     * Reserves hosts for somebody.
     *
     * @param purpose who wants them, as others see it
     * @param hosts all that is wanted at once
     * @return the reservation, to be closed
     */
    public ReservedHosts reserve(String purpose, Map<List<String>, Integer> hosts) {
        reservations.removeIf(ReservedHosts::isClosed);
        ReservedHosts reserved = new ReservedHosts(leases, purpose, patience, hosts);
        reservations.add(reserved);
        return reserved;
    }

    /** Gives back all hosts that no machine has, and each other one with its machine: nobody is there any more to take one. */
    public void endReservations() {
        reservations.forEach(ReservedHosts::close);
    }

    /**
     * Waits for hosts and takes them, all that were reserved at once, so that two classes never wait for each other with one
     * host each.
     *
     * @param plans of physical hosts
     * @return what makes the machines, in the order of the plans
     */
    public List<Provisioner> lease(List<MachinePlan> plans, ReservedHosts reserved) {
        List<List<String>> wishes = plans.stream()
                .map(plan -> ((MachineChoice.Physical) plan.machine()).names())
                .toList();
        List<Lease> taken = reserved.take(wishes);
        List<Provisioner> provisioners = new ArrayList<>();
        for (int i = 0; i < taken.size(); i++) {
            Lease lease = taken.get(i);
            provisioners.add(new LeasedHostProvisioner(
                    this, plans.get(i), inventory.host(lease.host()), lease, ChapCredentials.random("host")));
        }
        return provisioners;
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
