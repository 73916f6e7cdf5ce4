package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockDevice;
import org.sanboot.block.BlockIoException;

/**
 * One disk as initiators see it. It outlives every session; any number of threads may use it at once.
 *
 * <p>This class decides whether a command may run; {@link MediumCommands} does what touches the disk.
 */
public final class LogicalUnit {

    /** Bytes of a logical block. */
    public static final int BLOCK_SIZE = 512;

    private final BlockDevice device;
    private final Counters counters;
    private final Consumer<BlockIoException> failureListener;
    private final InquiryData inquiry;
    private final ModePages modePages;
    private final Reservations reservations;
    private final MediumCommands medium;
    private final Map<Nexus, Queue<AdditionalSense>> attentions = new ConcurrentHashMap<>();
    private volatile Consumer<InitiatorPort> aborter = port -> {};

    /**
     * Creates a logical unit.
     *
     * @param targetName of its target, from which its own names are made
     * @param lun its number
     * @param device the disk; not closed here
     * @param counters count what is done to it
     * @param failureListener is told of every failure of the disk
     */
    public LogicalUnit(
            String targetName,
            int lun,
            BlockDevice device,
            Counters counters,
            Consumer<BlockIoException> failureListener) {
        this.device = new GuardedDevice(device);
        this.counters = counters;
        this.failureListener = failureListener;
        this.inquiry = new InquiryData(new Identity(targetName, lun));
        this.modePages = new ModePages(blocks(), BLOCK_SIZE);
        this.reservations = new Reservations(this::establishAttention, port -> aborter.accept(port));
        this.medium = new MediumCommands(this);
    }

    /**
     * Says how to abort the commands of an initiator port, which PREEMPT AND ABORT asks for.
     *
     * @param action waits for no disk
     */
    public void onAbort(Consumer<InitiatorPort> action) {
        aborter = action;
    }

    /** Admits a session. */
    void attach(Nexus nexus) {
        attentions.put(nexus, new ConcurrentLinkedQueue<>());
    }

    /** Forgets a session: its RESERVE(6) ends, its registrations stay (SPC-4 5.13.1). */
    void detach(Nexus nexus) {
        attentions.remove(nexus);
        reservations.release(nexus);
    }

    /**
     * Resets the logical unit (SAM-5 6.3.3) and tells every initiator by a unit attention. The caller aborts the tasks.
     */
    public void reset() {
        reservations.reset();
        modePages.reset();
        attentions.values().forEach(queue -> {
            queue.clear();
            queue.add(AdditionalSense.BUS_DEVICE_RESET_FUNCTION_OCCURRED);
        });
    }

    /**
     * Tells an initiator that another one aborted its commands (SAM-5 5.14).
     *
     * @param nexus whose commands they were
     */
    public void commandsCleared(Nexus nexus) {
        Queue<AdditionalSense> queue = attentions.get(nexus);
        if (queue != null) {
            establish(queue, AdditionalSense.COMMANDS_CLEARED_BY_ANOTHER_INITIATOR);
        }
    }

    /** Queues a unit attention, unless one that says the same is there already (SAM-5 5.14.1). */
    private static void establish(Queue<AdditionalSense> queue, AdditionalSense sense) {
        if (!queue.contains(sense)) {
            queue.add(sense);
        }
    }

    private void establishAttention(InitiatorPort port, AdditionalSense sense) {
        attentions.forEach((nexus, queue) -> {
            if (nexus.initiatorPort().equals(port)) {
                establish(queue, sense);
            }
        });
    }

    private void establishAttentionForOthers(Nexus except, AdditionalSense sense) {
        attentions.forEach((nexus, queue) -> {
            if (nexus != except) {
                establish(queue, sense);
            }
        });
    }

    Execution execute(Nexus nexus, Cdb cdb, Command command, long expectedLength) {
        boolean reports = command == Command.INQUIRY || command == Command.REPORT_LUNS;
        if (!reports) {
            AdditionalSense attention = takeAttention(nexus);
            if (command == Command.REQUEST_SENSE) {
                return requestSense(cdb, attention == null ? AdditionalSense.NONE : attention);
            }
            if (attention != null) {
                return Execution.Complete.failed(attention);
            }
        }
        reservations.check(nexus, command.access());
        return dispatch(nexus, cdb, command, expectedLength);
    }

    private @Nullable AdditionalSense takeAttention(Nexus nexus) {
        Queue<AdditionalSense> queue = attentions.get(nexus);
        return queue == null ? null : queue.poll();
    }

    private Execution dispatch(Nexus nexus, Cdb cdb, Command command, long expectedLength) {
        return switch (command) {
            case TEST_UNIT_READY -> Execution.Complete.GOOD;
            case INQUIRY -> inquire(cdb);
            case REQUEST_SENSE, REPORT_LUNS -> throw new IllegalStateException(command + " is answered before");
            case RESERVE_6 -> {
                reservations.reserve(nexus);
                yield Execution.Complete.GOOD;
            }
            case RELEASE_6 -> {
                reservations.release(nexus);
                yield Execution.Complete.GOOD;
            }
            case MODE_SENSE_6 -> data(modePages.sense(cdb, false, isWriteProtected()), cdb.u8(4));
            case MODE_SENSE_10 -> data(modePages.sense(cdb, true, isWriteProtected()), cdb.u16(7));
            case MODE_SELECT_6 -> modeSelect(nexus, cdb, false, cdb.u8(4));
            case MODE_SELECT_10 -> modeSelect(nexus, cdb, true, cdb.u16(7));
            case START_STOP_UNIT -> startStopUnit(cdb);
            case READ_CAPACITY_10 -> data(readCapacity10(), 8);
            case READ_CAPACITY_16 -> data(readCapacity16(), cdb.u32(10));
            case PERSISTENT_RESERVE_IN_READ_KEYS ->
                data(PersistentReserveIn.readKeys(reservations.snapshot()), cdb.u16(7));
            case PERSISTENT_RESERVE_IN_READ_RESERVATION ->
                data(PersistentReserveIn.readReservation(reservations.snapshot()), cdb.u16(7));
            case PERSISTENT_RESERVE_IN_REPORT_CAPABILITIES ->
                data(PersistentReserveIn.reportCapabilities(reservations.snapshot()), cdb.u16(7));
            case PERSISTENT_RESERVE_IN_READ_FULL_STATUS ->
                data(PersistentReserveIn.readFullStatus(reservations.snapshot()), cdb.u16(7));
            case PERSISTENT_RESERVE_OUT_REGISTER,
                    PERSISTENT_RESERVE_OUT_RESERVE,
                    PERSISTENT_RESERVE_OUT_RELEASE,
                    PERSISTENT_RESERVE_OUT_CLEAR,
                    PERSISTENT_RESERVE_OUT_PREEMPT,
                    PERSISTENT_RESERVE_OUT_PREEMPT_AND_ABORT,
                    PERSISTENT_RESERVE_OUT_REGISTER_AND_IGNORE,
                    PERSISTENT_RESERVE_OUT_REGISTER_AND_MOVE ->
                parameters(cdb.u32(5), list -> reserveOut(nexus, cdb, command, list));
            case REPORT_SUPPORTED_OPERATION_CODES -> data(SupportedCommands.report(cdb), cdb.u32(6));
            case REPORT_SUPPORTED_TASK_MANAGEMENT_FUNCTIONS ->
                data(SupportedCommands.taskManagementFunctions(cdb), cdb.u32(6));
            case READ_6, READ_10, READ_12, READ_16 -> medium.read(cdb, command);
            case WRITE_6, WRITE_10, WRITE_12, WRITE_16 -> medium.write(cdb, command);
            case WRITE_AND_VERIFY_10, WRITE_AND_VERIFY_12, WRITE_AND_VERIFY_16 -> medium.writeAndVerify(cdb, command);
            case VERIFY_10, VERIFY_12, VERIFY_16 -> medium.verify(cdb, command);
            case PRE_FETCH_10, PRE_FETCH_16 -> medium.preFetch(cdb, command);
            case SYNCHRONIZE_CACHE_10, SYNCHRONIZE_CACHE_16 -> medium.synchronizeCache(cdb, command);
            case WRITE_SAME_10, WRITE_SAME_16 -> medium.writeSame(cdb, command, expectedLength);
            case UNMAP -> parameters(cdb.u16(7), medium.unmap(cdb));
            case COMPARE_AND_WRITE -> medium.compareAndWrite(cdb, expectedLength);
            case WRITE_ATOMIC_16 -> medium.writeAtomic(cdb);
            case ORWRITE_16 -> medium.orWrite(cdb, command);
            case GET_LBA_STATUS -> medium.lbaStatus(cdb);
        };
    }

    private Execution inquire(Cdb cdb) {
        boolean vitalProductData = cdb.bit(1, 0x01);
        if (!vitalProductData && cdb.u8(2) != 0) {
            throw ScsiException.invalidField(2);
        }
        return data(vitalProductData ? inquiry.page(cdb.u8(2)) : inquiry.standard(), cdb.u16(3));
    }

    static Execution requestSense(Cdb cdb, AdditionalSense sense) {
        return data(Sense.of(sense).encode(cdb.bit(1, 0x01)), cdb.u8(4));
    }

    private Execution modeSelect(Nexus nexus, Cdb cdb, boolean tenBytes, int length) {
        // Pages have the standard's format (PF), and are not saved (SP).
        boolean otherFormat = length > 0 && !cdb.bit(1, 0x10);
        if (otherFormat || cdb.bit(1, 0x01)) {
            throw ScsiException.invalidField(1);
        }
        return parameters(length, list -> {
            if (modePages.select(list, tenBytes)) {
                establishAttentionForOthers(nexus, AdditionalSense.MODE_PARAMETERS_CHANGED);
            }
            return Execution.Complete.GOOD;
        });
    }

    private Execution startStopUnit(Cdb cdb) {
        boolean powerCondition = cdb.u8(4) >> 4 != 0;
        if (!powerCondition && cdb.bit(4, 0x02)) {
            // LOEJ: there is nothing to load or eject.
            throw ScsiException.invalidField(4);
        }
        boolean stops = !powerCondition && !cdb.bit(4, 0x01);
        // A stop makes data safe, unless NO_FLUSH says not to (SBC-3 5.25).
        return stops && !cdb.bit(4, 0x04) ? medium.flush() : Execution.Complete.GOOD;
    }

    private byte[] readCapacity10() {
        // More blocks than fit are told as FFFFFFFFh: the initiator is to ask for 16 bytes (SBC-3 5.15.2).
        int last = (int) Math.min(blocks() - 1, 0xFFFFFFFFL);
        return ByteBuffer.allocate(8).putInt(last).putInt(BLOCK_SIZE).array();
    }

    private byte[] readCapacity16() {
        return ByteBuffer.allocate(32)
                .putLong(0, blocks() - 1)
                .putInt(8, BLOCK_SIZE)
                .put(13, (byte) InquiryData.BLOCKS_PER_PHYSICAL_BLOCK_EXPONENT)
                // LBPME and LBPRZ: blocks can be given back, and read as zeros then.
                .put(14, (byte) 0xC0)
                .array();
    }

    private Execution.Complete reserveOut(Nexus nexus, Cdb cdb, Command command, byte[] list) {
        PersistentReserveOut out = new PersistentReserveOut(cdb, list);
        InitiatorPort port = nexus.initiatorPort();
        switch (command.serviceAction()) {
            case 0x00 -> reservations.register(port, out, false);
            case 0x01 -> reservations.reserve(port, out);
            case 0x02 -> reservations.release(port, out);
            case 0x03 -> reservations.clear(port, out);
            case 0x04 -> reservations.preempt(port, out, false);
            case 0x05 -> reservations.preempt(port, out, true);
            case 0x06 -> reservations.register(port, out, true);
            default -> reservations.move(port, out);
        }
        return Execution.Complete.GOOD;
    }

    /** Ends a command with data, cut to what the initiator has room for. */
    static Execution.Complete data(byte[] data, long allocationLength) {
        return Execution.Complete.good(
                data.length <= allocationLength ? data : Arrays.copyOf(data, (int) allocationLength));
    }

    private static Execution parameters(long length, ParameterList.Handler handler) {
        return length == 0
                ? ParameterList.handle(handler, new byte[0])
                : new Execution.Receive(length, new ParameterList(length, handler));
    }

    long blocks() {
        return device.size() / BLOCK_SIZE;
    }

    BlockDevice device() {
        return device;
    }

    Counters counters() {
        return counters;
    }

    boolean isWriteProtected() {
        return device.isReadOnly() || modePages.softwareWriteProtect();
    }

    void checkWritable() {
        if (device.isReadOnly()) {
            throw new ScsiException(AdditionalSense.WRITE_PROTECTED);
        }
        if (modePages.softwareWriteProtect()) {
            throw new ScsiException(AdditionalSense.SOFTWARE_WRITE_PROTECTED);
        }
    }

    void read(long offset, ByteBuffer destination) {
        medium.readShared(offset, destination);
    }

    /**
     * Encodes sense data in the format that initiators chose.
     *
     * @param sense what to tell
     * @return 8 to 252 bytes
     */
    public byte[] encode(Sense sense) {
        return sense.encode(modePages.descriptorSense());
    }

    /**
     * Reports a failure of the disk to whom it concerns.
     *
     * @param failure of the disk
     */
    public void failed(BlockIoException failure) {
        failureListener.accept(failure);
    }
}
