package org.sanboot.machine.physical;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.sanboot.boot.Firmware;
import org.sanboot.inventory.BootMethod;

/** Lets commands to one controller follow each other with an interval between them, whoever in this JVM gives them. */
final class PacedPower implements PowerControl {

    /** By description: two controls of one controller share its pace. A host's lease keeps other JVMs away. */
    private static final Map<String, Pace> PACES = new ConcurrentHashMap<>();

    private final PowerControl control;
    private final Duration interval;
    private final Pace pace;

    PacedPower(PowerControl control, Duration interval) {
        this.control = control;
        this.interval = interval;
        this.pace = PACES.computeIfAbsent(control.description(), unused -> new Pace());
    }

    private static final class Pace {
        private final ReentrantLock turn = new ReentrantLock(true);
        /** Guarded by {@link #turn}. */
        private long lastEnd = System.nanoTime() - Duration.ofHours(1).toNanos();
    }

    private <T> T inTurn(Supplier<T> command) {
        pace.turn.lock();
        try {
            Duration sinceLast = Duration.ofNanos(System.nanoTime() - pace.lastEnd);
            Pause.SLEEP.of(interval.minus(sinceLast));
            return command.get();
        } finally {
            pace.lastEnd = System.nanoTime();
            pace.turn.unlock();
        }
    }

    private void inTurn(Runnable command) {
        Boolean unused = inTurn(() -> {
            command.run();
            return true;
        });
    }

    @Override
    public String description() {
        return control.description();
    }

    @Override
    public Set<Capability> capabilities() {
        return control.capabilities();
    }

    @Override
    public void on() {
        inTurn(control::on);
    }

    @Override
    public void off() {
        inTurn(control::off);
    }

    @Override
    public boolean isOn() {
        return inTurn(control::isOn);
    }

    @Override
    public void reset() {
        inTurn(control::reset);
    }

    @Override
    public void softOff() {
        inTurn(control::softOff);
    }

    @Override
    public void bootFromNetworkOnce(Firmware firmware, BootMethod method) {
        inTurn(() -> control.bootFromNetworkOnce(firmware, method));
    }

    @Override
    public void close() {
        control.close();
    }
}
