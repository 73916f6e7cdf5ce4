package org.sanboot.iscsi.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.sanboot.iscsi.Trace;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.CommandSummary;

/** Notes commands as they come and end, while somebody wants to know. */
final class TraceRecorder implements Trace {

    private static final int MOST_ENTRIES = 1_000_000;

    private final Target target;
    private final long began = System.nanoTime();
    private final IdentityHashMap<ScsiCommand, Long> underWay = new IdentityHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    TraceRecorder(Target target) {
        this.target = target;
    }

    synchronized void started(ScsiCommand command) {
        underWay.put(command, System.nanoTime());
    }

    synchronized void ended(ScsiCommand command, int tsih, int status) {
        Long start = underWay.remove(command);
        if (start == null || entries.size() >= MOST_ENTRIES) {
            return;
        }
        CommandSummary summary = CommandSummary.of(command.cdb());
        entries.add(new Entry(
                Duration.ofNanos(start - began),
                Duration.ofNanos(System.nanoTime() - start),
                tsih,
                summary.name(),
                summary.firstBlock(),
                summary.blocks(),
                status));
    }

    /** Forgets a command that is not answered. */
    synchronized void aborted(ScsiCommand command) {
        underWay.remove(command);
    }

    @Override
    public synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    @Override
    public void close() {
        target.stopTrace(this);
    }
}
