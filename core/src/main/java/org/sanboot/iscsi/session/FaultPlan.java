package org.sanboot.iscsi.session;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.ConfigurationException;
import org.sanboot.iscsi.Faults;
import org.sanboot.iscsi.SenseCode;
import org.sanboot.iscsi.scsi.CommandSummary;
import org.sanboot.iscsi.scsi.CommandSummary.Kind;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.Sense;

/** The faults of one target. Commands look here first; without faults that costs one read of an empty list. */
final class FaultPlan implements Faults {

    private final Target target;
    private final List<ActiveFault> active = new CopyOnWriteArrayList<>();

    FaultPlan(Target target) {
        this.target = target;
    }

    /** A fault that holds: it fails a command, or makes it wait, or lets it pass. */
    private class ActiveFault implements Fault {

        /** Returns what the command fails with; null to let it pass. */
        @Nullable
        SenseCode failure(CommandSummary command) {
            return null;
        }

        /** Returns what the command waits for; null for nothing. */
        @Nullable
        CompletionStage<?> gate() {
            return null;
        }

        @Override
        public void close() {
            active.remove(this);
        }
    }

    private final class RangeFault extends ActiveFault {

        private final Kind kind;
        private final long firstBlock;
        private final long blocks;
        private final SenseCode sense;

        RangeFault(Kind kind, long firstBlock, long blocks, SenseCode sense) {
            if (firstBlock < 0 || blocks < 1) {
                throw new ConfigurationException("A fault needs a range of blocks, but first is " + firstBlock
                        + " and count is " + blocks + ".");
            }
            this.kind = kind;
            this.firstBlock = firstBlock;
            this.blocks = blocks;
            this.sense = sense;
        }

        @Override
        @Nullable
        SenseCode failure(CommandSummary command) {
            return command.kind() == kind && command.touches(firstBlock, blocks) ? sense : null;
        }
    }

    private Fault add(ActiveFault fault) {
        active.add(fault);
        return fault;
    }

    @Override
    public Fault failReads(long firstBlock, long blocks, SenseCode sense) {
        return add(new RangeFault(Kind.READ, firstBlock, blocks, sense));
    }

    @Override
    public Fault failWrites(long firstBlock, long blocks, SenseCode sense) {
        return add(new RangeFault(Kind.WRITE, firstBlock, blocks, sense));
    }

    @Override
    public Fault readOnly() {
        return add(new RangeFault(Kind.WRITE, 0, Long.MAX_VALUE, SenseCode.WRITE_PROTECTED));
    }

    @Override
    public Fault delay(Duration by) {
        if (by.isNegative()) {
            throw new ConfigurationException("A delay of " + by + " is not possible.");
        }
        return add(new ActiveFault() {
            @Override
            CompletionStage<?> gate() {
                return new CompletableFuture<Void>().completeOnTimeout(null, by.toNanos(), TimeUnit.NANOSECONDS);
            }
        });
    }

    @Override
    public Fault stall() {
        return add(new ActiveFault() {
            private final CompletableFuture<Void> over = new CompletableFuture<>();

            @Override
            CompletionStage<?> gate() {
                return over;
            }

            @Override
            public void close() {
                super.close();
                over.complete(null);
            }
        });
    }

    @Override
    public void dropConnections() {
        target.sessions().forEach(Session::kill);
    }

    @Override
    public void clear() {
        active.forEach(Fault::close);
    }

    /** Runs a command as the faults will have it. */
    Execution apply(byte[] cdb, Supplier<Execution> command) {
        if (active.isEmpty()) {
            return command.get();
        }
        CommandSummary summary = CommandSummary.of(cdb);
        if (summary.kind() == Kind.OTHER) {
            return command.get();
        }
        for (ActiveFault fault : active) {
            SenseCode sense = fault.failure(summary);
            if (sense != null) {
                return Execution.Complete.failed(Sense.of(sense.key(), sense.code(), sense.qualifier()));
            }
        }
        Execution execution = command.get();
        for (ActiveFault fault : active) {
            CompletionStage<?> gate = fault.gate();
            if (gate != null) {
                execution = gated(execution, gate);
            }
        }
        return execution;
    }

    /** Puts a gate before a command; a write takes its data first. */
    private static Execution gated(Execution execution, CompletionStage<?> gate) {
        if (!(execution instanceof Execution.Receive receive)) {
            return new Execution.Gated(gate, () -> execution);
        }
        Execution.Sink sink = receive.sink();
        return new Execution.Receive(receive.length(), new Execution.Sink() {
            @Override
            public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
                return sink.accept(position, data);
            }

            @Override
            public void abandon() {
                sink.abandon();
            }

            @Override
            public Execution finish() {
                Execution end = sink.finish();
                return new Execution.Gated(gate, () -> end);
            }
        });
    }
}
