package org.sanboot.iscsi.session;

import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.LogicalUnit;

/** A command that waits at a gate. It is either aborted there, or passes; never both. */
final class GatedTask extends Task {

    private boolean passed;

    GatedTask(ScsiCommand command, @Nullable LogicalUnit unit) {
        super(command, unit);
    }

    /** Lets the task through; returns false when it was aborted before. */
    synchronized boolean pass() {
        passed = !isAborted();
        return passed;
    }

    /** Tells whether the task still waits, so that nothing is done for it. */
    synchronized boolean isWaiting() {
        return !passed;
    }
}
