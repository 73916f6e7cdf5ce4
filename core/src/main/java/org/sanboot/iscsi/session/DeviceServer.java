package org.sanboot.iscsi.session;

import java.util.concurrent.Executor;
import org.sanboot.iscsi.scsi.LogicalUnit;

/**
 * Where the commands of one logical unit are done (SAM-5 4.5.20): its workers, its room for data, and the order of its
 * tasks. Nothing of it is shared with another unit, so one that hangs holds up no other.
 */
final class DeviceServer {

    /** How many commands may be inside the disk at once. */
    static final int SLOTS = 16;

    private final LogicalUnit unit;
    private final Workers workers;
    private final ReceiveRoom room;
    private final TaskSet taskSet = new TaskSet();
    private final DiskPace pace = new DiskPace();
    private final Stragglers stragglers = new Stragglers();

    DeviceServer(LogicalUnit unit, Executor threads) {
        this.unit = unit;
        this.workers = new Workers(SLOTS, threads);
        this.room = new ReceiveRoom(ReceiveRoom.BYTES, threads);
    }

    LogicalUnit unit() {
        return unit;
    }

    Workers workers() {
        return workers;
    }

    ReceiveRoom room() {
        return room;
    }

    TaskSet taskSet() {
        return taskSet;
    }

    DiskPace pace() {
        return pace;
    }

    Stragglers stragglers() {
        return stragglers;
    }
}
