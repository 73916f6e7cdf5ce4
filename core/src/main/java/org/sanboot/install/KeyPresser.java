package org.sanboot.install;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.sanboot.InfrastructureException;
import org.sanboot.machine.qemu.QemuMachine;

/** Presses the space bar while the installer starts, for a CD that boots only when somebody asks it to. */
final class KeyPresser implements AutoCloseable {

    /** An installer that comes up later may take the key for an answer. */
    private static final int MOST_PRESSES = 60;

    private final QemuMachine machine;
    private final InstallWatch watch;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(KeyPresser::thread);
    private int presses;

    KeyPresser(QemuMachine machine, InstallWatch watch) {
        this.machine = machine;
        this.watch = watch;
        var unused = clock.scheduleWithFixedDelay(this::press, 1, 1, TimeUnit.SECONDS);
    }

    private void press() {
        if (!watch.installerStarts() || presses == MOST_PRESSES) {
            return;
        }
        presses++;
        try {
            machine.press("spc");
        } catch (InfrastructureException | IllegalStateException e) {
            // The machine went off meanwhile.
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "sanboot-install-keys");
        thread.setDaemon(true);
        return thread;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
