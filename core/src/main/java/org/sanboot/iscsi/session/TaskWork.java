package org.sanboot.iscsi.session;

import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.sanboot.block.BlockIoException;
import org.sanboot.iscsi.scsi.Execution;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.scsi.Sense;

/**
 * What a thread does for a task that it has claimed: one {@link TaskStep} after the other, as the task gives them out. The
 * task itself decides what becomes of it.
 */
final class TaskWork {

    private final Task task;
    private final Session session;
    private final DiskPermit permit;

    /**
     * Prepares to work.
     *
     * @param permit of the thread, which does nothing that is known to take long unless it is a worker
     */
    TaskWork(Task task, Session session, DiskPermit permit) {
        this.task = task;
        this.session = session;
        this.permit = permit;
    }

    /** Does all that can be done now. */
    void run() {
        try {
            for (TaskStep step = task.nextStep(); step != null; step = task.nextStep()) {
                if (step instanceof TaskStep.Take take) {
                    take(take);
                } else {
                    // The task was answered, or somebody else has it.
                    perform(execution(step));
                    return;
                }
            }
        } catch (BlockIoException e) {
            report(e);
            session.answers().end(task, Execution.Complete.failed(Sense.of(e, task.command.writes())));
        } catch (RuntimeException | Error e) {
            task.failed(e);
        }
    }

    private void report(BlockIoException e) {
        LogicalUnit unit = task.unit();
        if (unit != null) {
            unit.failed(e);
        }
    }

    private void take(TaskStep.Take take) {
        ByteBuffer data = take.piece().segment().data();
        long position = take.piece().position();
        Execution.Sink sink = take.sink();
        int count = data.remaining();
        try {
            if (sink != null && position < take.length()) {
                ByteBuffer part = data.slice(data.position(), (int) Math.min(count, take.length() - position));
                Execution.Complete early = accept(sink, position, part);
                if (early != null) {
                    task.data().fail(early);
                }
            }
        } catch (BlockIoException e) {
            report(e);
            task.data().fail(Execution.Complete.failed(Sense.of(e, true)));
        } finally {
            take.piece().segment().close();
            task.data().giveBack(count);
        }
    }

    private Execution.@Nullable Complete accept(Execution.Sink sink, long position, ByteBuffer part) {
        DeviceServer server = task.server;
        if (server == null || !sink.touchesMedium()) {
            return sink.accept(position, part);
        }
        int count = part.remaining();
        permit.begin();
        long begin = System.nanoTime();
        try {
            return sink.accept(position, part);
        } finally {
            server.pace().wrote(count, System.nanoTime() - begin);
            permit.end();
        }
    }

    private Execution execution(TaskStep step) {
        if (step instanceof TaskStep.Finish finish) {
            return finish.sink().touchesMedium()
                    ? inside(finish.sink()::finish)
                    : finish.sink().finish();
        }
        return ((TaskStep.Perform) step).execution();
    }

    private <T> T inside(Supplier<T> action) {
        permit.begin();
        try {
            return action.get();
        } finally {
            permit.end();
        }
    }

    private void perform(Execution execution) {
        if (execution instanceof Execution.Complete end) {
            session.answers().end(task, end);
        } else if (execution instanceof Execution.Read read) {
            session.answers().send(task, read, permit);
        } else if (execution instanceof Execution.Deferred deferred) {
            if (permit.isWorkers() && task.mayDo(deferred)) {
                session.answers().end(task, inside(() -> deferred.work().run(task::isAborted)));
            } else {
                task.later(deferred);
            }
        } else if (execution instanceof Execution.Gated gated) {
            task.waitFor(gated);
        } else {
            throw new IllegalStateException("A command asks for data twice");
        }
    }
}
