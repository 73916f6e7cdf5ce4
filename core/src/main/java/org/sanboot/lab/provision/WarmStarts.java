package org.sanboot.lab.provision;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.sanboot.InfrastructureException;
import org.sanboot.image.GuestFamily;
import org.sanboot.iscsi.IscsiServer;
import org.sanboot.iscsi.IscsiServerConfiguration;

/** What this run has saved for warm starts: of each kind as many as were on at once. It goes with the run. Thread-safe. */
public final class WarmStarts implements AutoCloseable {

    private final Path directory;
    private final Set<WarmStart> all = new HashSet<>();
    private final Map<Object, Deque<WarmStart>> free = new HashMap<>();
    private int made;

    /**
     * Begins without any.
     *
     * @param directory of the run
     */
    public WarmStarts(Path directory) {
        this.directory = directory;
    }

    /** Says why a machine cannot start warm, if it cannot. */
    public static Optional<String> obstacle(MachinePlan plan) {
        if (plan.machine() instanceof MachineChoice.Physical) {
            return Optional.of("it is a physical host");
        }
        if (plan.image().family() != GuestFamily.LINUX) {
            return Optional.of("its guest is not Linux");
        }
        if (plan.failure() != null) {
            return Optional.of("it boots a kept disk");
        }
        if (plan.request().network().isPresent()) {
            return Optional.of("it is on a private network");
        }
        return plan.request().tpm() ? Optional.of("it has a TPM") : Optional.empty();
    }

    /**
     * Takes one that is free, or a new one that nothing is saved for yet.
     *
     * @param number of the machine that takes it
     * @param kind equal for two machines of which one can go on from the other
     */
    synchronized WarmStart take(int number, Object kind) {
        WarmStart saved = free.computeIfAbsent(kind, none -> new ArrayDeque<>()).poll();
        if (saved != null) {
            return saved;
        }
        Path place = directory.resolve("warm-" + made++);
        try {
            Files.createDirectory(place);
        } catch (IOException e) {
            throw new InfrastructureException("Cannot make a directory for a saved machine: " + e, e);
        }
        IscsiServer target = IscsiServer.start(IscsiServerConfiguration.loopback());
        WarmStart fresh = new WarmStart(this, kind, target, number, place);
        all.add(fresh);
        return fresh;
    }

    /** Takes back; what cannot be used has its portal closed. Its files stay, for a disk may stand on them. */
    synchronized void release(WarmStart start) {
        if (!all.contains(start)) {
            return;
        }
        if (start.sessions() == null) {
            all.remove(start);
            start.target().close();
        } else {
            free.computeIfAbsent(start.kind(), none -> new ArrayDeque<>()).push(start);
        }
    }

    @Override
    public synchronized void close() {
        all.forEach(start -> start.target().close());
        all.clear();
    }
}
