package org.sanboot.lab.provision;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.InfrastructureException;
import org.sanboot.boot.Firmware;
import org.sanboot.boot.IpxeScript;
import org.sanboot.inventory.VirtualType;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.Iqn;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.PeerRule;
import org.sanboot.machine.Machine;
import org.sanboot.machine.qemu.QemuConfiguration;
import org.sanboot.machine.qemu.QemuMachine;

/** A QEMU on this host, with the target on its loopback. */
record QemuProvisioner(
        LocalHypervisor hypervisor,
        MachinePlan plan,
        MachineChoice.Virtual choice,
        @Nullable WarmStart warm,
        ChapCredentials secret)
        implements Provisioner {

    /** What two machines must have in common for one to go on from what was saved of the other. */
    List<Object> kind() {
        return List.of(plan.image().disk(), choice.type(), choice.firmware(), memoryMebibytes(), cpus(), networkCard());
    }

    @Override
    public String label() {
        return plan.request().name();
    }

    @Override
    public Firmware firmware() {
        return choice.firmware();
    }

    @Override
    public IscsiServer target() {
        return warm == null ? hypervisor.target() : warm.target();
    }

    @Override
    public ChapCredentials chap() {
        return warm == null ? secret : warm.secret();
    }

    @Override
    public Optional<PeerRule> peers(Supplier<OptionalLong> processId) {
        return Optional.of(PeerRule.process(processId));
    }

    @Override
    public IpxeScript script(Iqn initiator, Iqn target) {
        IpxeScript.Builder script = IpxeScript.builder()
                .initiator(initiator.toString())
                .target(QemuMachine.HOST_ADDRESS, target().portals().get(0).getPort(), 0, target.toString())
                .chap(chap().name(), chap().secret())
                .address(WindowsSupport.address(plan, QemuMachine.GUEST_ADDRESS));
        WindowsSupport.suit(plan, firmware(), script);
        return script.build();
    }

    @Override
    public Machine machine(String name, IpxeScript script) {
        QemuConfiguration.Builder configuration = QemuConfiguration.builder(name, choice.firmware(), script.text())
                .acceleration(hypervisor.acceleration())
                .memoryMebibytes(memoryMebibytes())
                .cpus(cpus())
                .networkCard(networkCard());
        Integer slot = choice.type().pinnedSlot();
        if (slot != null) {
            configuration.networkCardSlot(slot);
        }
        plan.request()
                .network()
                .ifPresent(
                        network -> configuration.privateNetwork(plan.networks().join(hypervisor.run(), network)));
        WindowsSupport.suit(hypervisor, plan, configuration);
        if (warm != null) {
            configuration.resumable();
        }
        return QemuMachine.create(hypervisor.run(), configuration.build());
    }

    private int memoryMebibytes() {
        return choice.memoryMebibytes(plan.request());
    }

    private int cpus() {
        Integer pinned = choice.type().pinnedCpus();
        return pinned == null ? plan.request().cpus() : pinned;
    }

    private String networkCard() {
        return choice.type().networkCard().orElse(plan.image().nicModel());
    }

    @Override
    public Duration scriptTimeout() {
        return Duration.ZERO;
    }

    @Override
    public Map<String, String> description() {
        Map<String, String> all = new LinkedHashMap<>();
        VirtualType type = choice.type();
        all.put("type", type.name());
        all.put("firmware", choice.firmware().name());
        all.put("memory", memoryMebibytes() + " MiB");
        all.put("processors", String.valueOf(cpus()));
        all.put("network card", networkCard());
        return all;
    }

    @Override
    public Optional<String> remark() {
        return Optional.empty();
    }

    @Override
    public boolean isOurs() {
        return true;
    }

    @Override
    public boolean outlivesJvm() {
        return false;
    }

    @Override
    public void booted() {}

    @Override
    public void bootFailed(String reason) {}

    @Override
    public void stuck(InfrastructureException why) {
        throw why;
    }

    @Override
    public void release() {
        plan.request().network().ifPresent(plan.networks()::leave);
        if (warm != null) {
            warm.release();
        }
    }
}
