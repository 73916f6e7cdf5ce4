package org.sanboot.iscsi.session;

import java.io.ByteArrayOutputStream;
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
import org.sanboot.block.VolatileCache;
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

        @Override
        public void close() {
            active.remove(this);
        }
    }

    private abstract class Wait extends ActiveFault {

        /** Returns what a command waits for that comes to it now. */
        abstract CompletionStage<?> gate();
    }

    private final class Tear extends ActiveFault {
        @Override
        public void close() {
            if (active.remove(this)) {
                target.caches().forEach(VolatileCache::disarm);
            }
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
        return add(new Wait() {
            @Override
            CompletionStage<?> gate() {
                return new CompletableFuture<Void>().completeOnTimeout(null, by.toNanos(), TimeUnit.NANOSECONDS);
            }
        });
    }

    @Override
    public Fault stall() {
        return add(new Wait() {
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
    public synchronized Fault tearWritesAtPowerCut(long seed) {
        if (active.stream().anyMatch(Tear.class::isInstance)) {
            throw new ConfigurationException("Writes are torn at a power cut already; close that fault first.");
        }
        target.caches().forEach(cache -> cache.arm(seed));
        return add(new Tear());
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
        Execution.Complete failure = failure(summary);
        if (failure != null) {
            return failure;
        }
        Execution execution = command.get();
        return execution instanceof Execution.Receive receive
                ? new Execution.Receive(receive.length(), new FaultySink(receive.sink(), summary))
                : gated(execution);
    }

    private Execution.@Nullable Complete failure(CommandSummary command) {
        for (ActiveFault fault : active) {
            SenseCode sense = fault.failure(command);
            if (sense != null) {
                return Execution.Complete.failed(Sense.of(sense.key(), sense.code(), sense.qualifier()));
            }
        }
        return null;
    }

    /** Puts the gates before the rest of a command, each of which opens after the one before. */
    private Execution gated(Execution execution) {
        CompletionStage<?> gates = null;
        for (ActiveFault fault : active) {
            if (fault instanceof Wait wait) {
                gates = gates == null ? wait.gate() : gates.thenCompose(passed -> wait.gate());
            }
        }
        return gates == null ? execution : new Execution.Gated(gates, () -> execution);
    }

    /** Takes the data of a write first, and lets it fail or wait then. */
    private final class FaultySink implements Execution.Sink {

        private final Execution.Sink sink;
        private final @Nullable ByteArrayOutputStream list;

        FaultySink(Execution.Sink sink, CommandSummary command) {
            this.sink = sink;
            this.list = command.rangesFollow() ? new ByteArrayOutputStream() : null;
        }

        @Override
        public Execution.@Nullable Complete accept(long position, ByteBuffer data) {
            if (list != null) {
                byte[] bytes = new byte[data.remaining()];
                data.duplicate().get(bytes);
                list.writeBytes(bytes);
            }
            return sink.accept(position, data);
        }

        @Override
        public boolean touchesMedium() {
            return sink.touchesMedium();
        }

        @Override
        public void close() {
            sink.close();
        }

        @Override
        public Execution finish() {
            if (list != null) {
                for (CommandSummary range : CommandSummary.ofUnmap(list.toByteArray())) {
                    Execution.Complete failure = failure(range);
                    if (failure != null) {
                        return failure;
                    }
                }
            }
            return gated(sink.finish());
        }
    }
}
