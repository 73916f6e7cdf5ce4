package org.sanboot.lab.provision;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.Lease;
import org.sanboot.inventory.MachineType;
import org.sanboot.inventory.PhysicalHost;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.logging.Logging;
import org.sanboot.machine.Machine;
import org.slf4j.Logger;

/** A leased host, with the target on the lab's network and a CHAP secret that no other boot has. */
record LeasedHostProvisioner(HostPool pool, MachinePlan plan, PhysicalHost host, Lease lease, ChapCredentials secret)
        implements Provisioner {

    private static final Logger LOGGER = Logging.logger(LeasedHostProvisioner.class);

    @Override
    public String label() {
        return plan.request().name() + " on " + host.name();
    }

    @Override
    public Firmware firmware() {
        return host.type().firmware();
    }

    @Override
    public @Nullable WarmStart warm() {
        return null;
    }

    @Override
    public IscsiServer target() {
        return pool.target();
    }

    @Override
    public ChapCredentials chap() {
        return secret;
    }

    @Override
    public Optional<PeerRule> peers(Supplier<OptionalLong> processId) {
        return Optional.empty();
    }

    @Override
    public IpxeScript script(Iqn initiator, Iqn target) {
        InetSocketAddress portal = target().portals().get(0);
        IpxeScript.Builder script = IpxeScript.builder()
                .initiator(initiator.toString())
                .target(portal.getAddress().getHostAddress(), portal.getPort(), 0, target.toString())
                .chap(secret.name(), secret.secret())
                .chained();
        WindowsSupport.suit(plan, firmware(), script);
        return script.build();
    }

    @Override
    public Machine machine(String name, IpxeScript script) {
        return pool.network().machine(host, script);
    }

    @Override
    public Duration scriptTimeout() {
        return host.type().timeouts().script();
    }

    @Override
    public Map<String, String> description() {
        MachineType type = host.type();
        Map<String, String> all = new LinkedHashMap<>();
        all.put("type", type.name());
        all.put(PHYSICAL_HOST, host.name());
        all.put("firmware", type.firmware().name());
        all.put("network card", type.nicModel());
        all.put("hardware address", host.mac().toString());
        return all;
    }

    @Override
    public Optional<String> remark() {
        return Optional.of(
                "It ran on the physical host %s; 'sanboot boot --failure' boots its disk in QEMU, with the network card %s, if its guest has a driver for that."
                        .formatted(host.name(), plan.image().nicModel()));
    }

    @Override
    public boolean isOurs() {
        return lease.isHeld();
    }

    @Override
    public boolean outlivesJvm() {
        return true;
    }

    @Override
    public void booted() {
        lease.bootSucceeded();
    }

    @Override
    public void bootFailed(String reason) {
        if (lease.bootFailed(reason)) {
            LOGGER.warn("Host {} is set aside; 'sanboot hosts release {}' puts it back into use", label(), host.name());
        }
    }

    /** The next one must not get it, and this test's result does not depend on it. */
    @Override
    public void stuck(InfrastructureException why) {
        LOGGER.error("Host {} is set aside: {}", label(), why.getMessage());
        lease.setAside(String.valueOf(why.getMessage()));
    }

    @Override
    public void release() {
        lease.close();
    }

    /** By what evidence names the host. */
    static final String PHYSICAL_HOST = "host";
}
