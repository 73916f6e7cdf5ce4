package org.sanboot.iscsi.session;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.ScsiCommand;
import org.sanboot.iscsi.scsi.LogicalUnit;

/** A command that did not end at once: it waits for data, or runs on a worker. */
class Task {

    final ScsiCommand command;
    final @Nullable LogicalUnit unit;

    /** Completes when nothing is done for the task any more. */
    final CompletableFuture<Void> ended = new CompletableFuture<>();

    private boolean aborted;

    Task(ScsiCommand command, @Nullable LogicalUnit unit) {
        this.command = command;
        this.unit = unit;
    }

    /** Keeps the task from answering, and from touching the disk where it does not do so already. */
    synchronized void abort() {
        aborted = true;
    }

    synchronized boolean isAborted() {
        return aborted;
    }
}
