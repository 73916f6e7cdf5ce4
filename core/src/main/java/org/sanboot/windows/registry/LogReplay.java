package org.sanboot.windows.registry;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.sanboot.SanbootException;
import org.sanboot.windows.structure.Medium;
import org.sanboot.windows.structure.Structure;

/**
 * What a hive is with what its transaction logs hold, put together by the rules that Windows loads it by: "Dirty state of
 * a hive" and "Multiple transaction log files" of the specification.
 *
 * <p>Nothing is written until {@link #writeTo}. A log counts only as far as it is whole: checksums, hashes and numbers
 * are right. Where the outcome would not be a sound hive, the logs are of no use.
 */
public final class LogReplay {

    private static final int BIN_HEADER = 32;

    /** What the logs are good for. */
    public enum Outcome {
        /** The hive is clean, and what its logs hold is older. */
        NOT_NEEDED,
        /** The hive is whole with its logs. */
        WHOLE,
        /** Nothing in the logs makes the hive whole. */
        USELESS
    }

    /**
     * A transaction log.
     *
     * @param name what it is called in messages, such as {@code SYSTEM.LOG1}
     * @param file the whole file
     */
    public record Log(String name, Medium file) {}

    private record OpenLog(String name, Medium file, BaseBlock base) {}

    private final String name;
    private final Medium hive;
    private final BaseBlock base;
    private final RecoveredFile recovered;
    private final List<String> applied = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final Outcome outcome;

    private LogReplay(String name, Medium hive, Supplier<List<Log>> logs) {
        this.name = name;
        this.hive = hive;
        this.base = BaseBlock.read(name, hive);
        this.recovered = new RecoveredFile(name, hive);
        if (base.isWritten() && base.hasRightChecksum()) {
            outcome = Outcome.NOT_NEEDED;
        } else {
            outcome = replay(logs.get()) ? Outcome.WHOLE : Outcome.USELESS;
        }
    }

    /**
     * Reads a hive's logs.
     *
     * @param name what the hive is called in messages
     * @param hive the whole file
     * @param logs those that are there, in the order LOG1, LOG2, LOG; not asked for when the hive is clean
     * @return what they are good for
     * @throws org.sanboot.InfrastructureException when the hive is none
     */
    public static LogReplay of(String name, Medium hive, Supplier<List<Log>> logs) {
        return new LogReplay(name, hive, logs);
    }

    /**
     * Returns what the logs are good for.
     *
     * @return whether they were read, and made the hive whole
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * Returns the hive with its logs.
     *
     * @return a file that takes no writes; when the logs are not needed or of no use, the hive as it is
     */
    public Medium contents() {
        return outcome == Outcome.WHOLE ? recovered : hive;
    }

    /**
     * Returns how large the hive's file has to be.
     *
     * @return bytes, without what Windows leaves behind the last bin
     */
    public long size() {
        return Hive.BASE_BLOCK + (long) BaseBlock.read(name, contents()).binsSize();
    }

    /**
     * Says what was taken from which log.
     *
     * @return such as "entries 7 to 9 of SYSTEM.LOG1"; empty when nothing was
     */
    public String applied() {
        return String.join(", ", applied);
    }

    /**
     * Says what was left out, and why.
     *
     * @return sentences about the logs; empty when there is nothing to say
     */
    public String remarks() {
        return String.join(" ", remarks);
    }

    /**
     * Writes what the logs have into the hive. Its base block, which tells that the hive is whole, comes last; whoever is
     * killed before leaves a hive that the same logs make whole.
     *
     * @param target the hive's own file, or a draft of it
     */
    public void writeTo(Medium target) {
        if (outcome == Outcome.WHOLE) {
            recovered.writeTo(target);
        }
    }

    private boolean replay(List<Log> logs) {
        List<OpenLog> open = new ArrayList<>();
        logs.forEach(log -> open(log).ifPresent(open::add));
        List<OpenLog> ofNewFormat = open.stream()
                .filter(log -> log.base().type() == BaseBlock.NEW_LOG)
                .toList();
        boolean replayed = ofNewFormat.isEmpty() ? replayOld(open) : replayNew(ofNewFormat);
        return replayed && hasSoundBins();
    }

    /** A log whose own base block is not right was never written, or was not finished. */
    private Optional<OpenLog> open(Log log) {
        if (log.file().size() == 0) {
            return Optional.empty();
        }
        try {
            BaseBlock header = BaseBlock.read(log.name(), log.file());
            int type = header.type();
            if (!header.hasRightChecksum() || !header.isWritten()) {
                remarks.add("%s was not finished.".formatted(log.name()));
            } else if (type != BaseBlock.NEW_LOG
                    && type != BaseBlock.OLD_LOG
                    && type != BaseBlock.OLD_LOG_OF_WINDOWS_2000) {
                remarks.add("%s is no transaction log.".formatted(log.name()));
            } else {
                return Optional.of(new OpenLog(log.name(), log.file(), header));
            }
        } catch (SanbootException e) {
            remarks.add(e.getMessage());
        }
        return Optional.empty();
    }

    /** Each old log holds all that was not yet in the hive; of several, the latest counts, and of equals the first. */
    private boolean replayOld(List<OpenLog> logs) {
        long written = base.hasRightChecksum() ? base.timestamp() : firstBinTimestamp();
        Optional<OpenLog> latest = logs.stream()
                .filter(log -> isOfUse(log, Long.compareUnsigned(log.base().timestamp(), written) >= 0))
                .max(Comparator.comparing((OpenLog log) -> log.base().timestamp(), Long::compareUnsigned)
                        .thenComparing(
                                Comparator.<OpenLog>comparingInt(logs::indexOf).reversed()));
        if (latest.isEmpty()) {
            return false;
        }
        OpenLog log = latest.get();
        try {
            apply(log, LogEntry.readOld(log.name(), log.file(), log.base()));
            applied.add(log.name());
            return true;
        } catch (SanbootException e) {
            remarks.add(e.getMessage());
            return false;
        }
    }

    private long firstBinTimestamp() {
        return hive.read(name, Hive.BASE_BLOCK, BIN_HEADER).signed64(20);
    }

    private boolean isOfUse(OpenLog log, boolean isOfUse) {
        if (!isOfUse) {
            remarks.add("%s is older than the hive.".formatted(log.name()));
        }
        return isOfUse;
    }

    /** Entries go from one log on into the other; a hive that has lost its base block gets the latest log alone. */
    private boolean replayNew(List<OpenLog> logs) {
        boolean whole = base.hasRightChecksum();
        List<OpenLog> inOrder = logs.stream()
                .filter(log -> isOfUse(log, !whole || distance(log, base.secondSequence()) >= 0))
                .sorted((one, other) -> distance(one, other.base().firstSequence()))
                .toList();
        if (!whole && inOrder.size() > 1) {
            inOrder = inOrder.subList(inOrder.size() - 1, inOrder.size());
        }
        if (inOrder.isEmpty()) {
            return false;
        }
        int next = inOrder.get(0).base().firstSequence();
        for (OpenLog log : inOrder) {
            if (log.base().firstSequence() != next) {
                remarks.add("%s goes on at entry %s where %s is expected."
                        .formatted(log.name(), number(log.base().firstSequence()), number(next)));
                break;
            }
            next = replayNew(log, next);
        }
        return !applied.isEmpty();
    }

    /** Numbers go round after 2^32. */
    private static int distance(OpenLog log, int from) {
        return log.base().firstSequence() - from;
    }

    /** Returns the number that the next entry would have. */
    private int replayNew(OpenLog log, int first) {
        int next = first;
        long at = BaseBlock.SIZE;
        try {
            while (LogEntry.isAt(log.name(), log.file(), at)) {
                LogEntry entry = LogEntry.read(log.name(), log.file(), at);
                if (entry.sequence() != next) {
                    break; // What is left of the log's life before.
                }
                apply(log, entry);
                next++;
                at = entry.end();
            }
            if (next == first) {
                remarks.add("%s has no entry %s.".formatted(log.name(), number(first)));
            }
        } catch (SanbootException e) {
            remarks.add(e.getMessage());
        }
        if (next == first + 1) {
            applied.add("entry %s of %s".formatted(number(first), log.name()));
        } else if (next != first) {
            applied.add("entries %s to %s of %s".formatted(number(first), number(next - 1), log.name()));
        }
        return next;
    }

    private static String number(int sequence) {
        return Integer.toUnsignedString(sequence);
    }

    /** After it, the hive is as it is in memory: its next write has the number that follows. */
    private void apply(OpenLog log, LogEntry entry) {
        recovered.growTo(Hive.BASE_BLOCK + (long) entry.binsSize());
        for (LogEntry.Page page : entry.pages()) {
            recovered.cover(Hive.BASE_BLOCK + (long) page.offset(), page.length(), log.file(), page.inLog());
        }
        byte[] written = log.base().ofWrittenHive(entry.sequence() + 1, entry.binsSize(), entry.transactionsPending());
        recovered.cover(0, written.length, new Bytes(log.name(), written), 0);
    }

    /** Whatever the hashes say, a hive whose bins are not in order is none that anybody should write to. */
    private boolean hasSoundBins() {
        try {
            int size = BaseBlock.read(name, recovered).binsSize();
            for (int bin = 0; bin < size; ) {
                Structure header = recovered.read(name, Hive.BASE_BLOCK + (long) bin, BIN_HEADER);
                int length = header.signed32(8);
                if (!header.has(0, "hbin")
                        || header.signed32(4) != bin
                        || length <= 0
                        || length % Hive.BASE_BLOCK != 0
                        || length > size - bin) {
                    throw header.damaged("with its logs, its bin at %d cannot be right".formatted(bin));
                }
                bin += length;
            }
            return true;
        } catch (SanbootException e) {
            remarks.add(e.getMessage());
            return false;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared, only read.
    private record Bytes(String name, byte[] bytes) implements Medium {

        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public void read(long offset, ByteBuffer destination) {
            requireInside(name, offset, destination.remaining());
            destination.put(bytes, (int) offset, destination.remaining());
        }

        @Override
        public void write(long offset, ByteBuffer source) {
            throw Structure.damaged(name, "it takes no writes");
        }
    }
}
