package org.sanboot.lab.provision;

import java.nio.file.Path;
import org.sanboot.iscsi.ChapCredentials;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;
import org.sanboot.lab.Start;
import org.sanboot.machine.qemu.Acceleration;
import org.sanboot.process.Run;

/** Makes virtual machines on this host, with a target of their own on its loopback; thread-safe. */
public final class LocalHypervisor implements AutoCloseable {

    private final Run run;
    private final Path home;
    private final IscsiServer target;
    private final WarmStarts warmStarts;

    /**
     * Starts the target.
     *
     * @param run that machines and saved states end with
     * @param home where it is remembered what this host can do
     */
    public LocalHypervisor(Run run, Path home) {
        this.run = run;
        this.home = home;
        this.target = IscsiServer.start(IscsiServerConfiguration.loopback());
        this.warmStarts = new WarmStarts(run.directory());
    }

    /** Prepares a machine, and takes for it what it can go on from if it is to start warm. */
    public Provisioner provision(MachinePlan plan, MachineChoice.Virtual choice) {
        QemuProvisioner cold = new QemuProvisioner(this, plan, choice, null, ChapCredentials.random("host"));
        boolean warm = plan.request().start() == Start.WARM
                && WarmStarts.obstacle(plan).isEmpty();
        return warm
                ? new QemuProvisioner(this, plan, choice, warmStarts.take(plan.number(), cold.kind()), cold.secret())
                : cold;
    }

    Run run() {
        return run;
    }

    Path home() {
        return home;
    }

    IscsiServer target() {
        return target;
    }

    Acceleration acceleration() {
        return Acceleration.proven(run, home);
    }

    @Override
    public void close() {
        target.close();
        warmStarts.close();
    }
}
