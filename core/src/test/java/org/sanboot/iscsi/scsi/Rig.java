package org.sanboot.iscsi.scsi;

import java.nio.ByteBuffer;
import java.util.Map;
import org.sanboot.block.BlockDevice;
import org.sanboot.iscsi.MemoryDisk;
import org.sanboot.iscsi.TestInitiator;
import org.sanboot.iscsi.scsi.Execution.Complete;

/** A target without a network: commands in, ends of commands out. */
final class Rig {

    static final Nexus ALICE = new Nexus(new InitiatorPort("iqn.2026-01.org.sanboot:alice", 1));
    static final Nexus BOB = new Nexus(new InitiatorPort("iqn.2026-01.org.sanboot:bob", 2));
    static final Nexus CAROL = new Nexus(new InitiatorPort("iqn.2026-01.org.sanboot:carol", 3));

    final Counters counters = new Counters();
    final LogicalUnit unit;
    final ScsiTarget target;

    Rig() {
        this(new MemoryDisk(1 << 20));
    }

    Rig(BlockDevice disk) {
        this.unit = new LogicalUnit("iqn.2026-01.org.sanboot:rig", 0, disk, counters, failure -> {});
        this.target = new ScsiTarget(Map.of(0, unit));
        target.attach(ALICE);
        target.attach(BOB);
        target.attach(CAROL);
    }

    Complete run(byte[] cdb, byte... data) {
        return run(ALICE, 0, cdb, data);
    }

    Complete run(Nexus nexus, byte[] cdb, byte... data) {
        return run(nexus, 0, cdb, data);
    }

    Complete run(Nexus nexus, long lun, byte[] cdb, byte... data) {
        Execution execution = target.execute(nexus, lun, TestInitiator.padded(cdb), data.length);
        if (execution instanceof Execution.Receive receive) {
            int length = (int) Math.min(receive.length(), data.length);
            Complete early = length == 0 ? null : receive.sink().accept(0, ByteBuffer.wrap(data, 0, length));
            execution = early == null ? receive.sink().finish() : early;
            receive.sink().close();
        }
        if (execution instanceof Execution.Deferred deferred) {
            execution = deferred.work().run(() -> false);
        }
        if (execution instanceof Execution.Read read) {
            byte[] bytes = new byte[(int) read.length()];
            read.read(0, ByteBuffer.wrap(bytes));
            return Complete.good(bytes);
        }
        return (Complete) execution;
    }

    static int sense(Complete end) {
        Sense sense = end.sense();
        return sense == null ? 0 : sense.key() << 16 | sense.code() << 8 | sense.qualifier();
    }
}
