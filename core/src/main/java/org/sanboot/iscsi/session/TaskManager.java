package org.sanboot.iscsi.session;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.SerialNumber;
import org.sanboot.iscsi.pdu.TaskManagementOutcome;
import org.sanboot.iscsi.pdu.TaskManagementRequest;
import org.sanboot.iscsi.pdu.TaskManagementResponse;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.session.PduWriter.Status;

/**
 * Task management (RFC 7143 11.5, SAM-5 clause 7). It is answered at once, while the disk hangs too; {@link Stragglers} see
 * to it that nobody sees more of the aborted tasks.
 */
final class TaskManager {

    private static final int ABORT_TASK = 1;
    private static final int ABORT_TASK_SET = 2;
    private static final int CLEAR_TASK_SET = 4;
    private static final int LOGICAL_UNIT_RESET = 5;
    private static final int TARGET_WARM_RESET = 6;
    private static final int TARGET_COLD_RESET = 7;
    private static final int TASK_REASSIGN = 8;

    private final Session session;
    private final Target target;
    private final PduWriter writer;
    private final CommandWindow window;

    TaskManager(Session session, Target target, PduWriter writer) {
        this.session = session;
        this.target = target;
        this.writer = writer;
        this.window = session.window();
    }

    void handle(TaskManagementRequest request) throws IOException {
        LogicalUnit unit = target.scsi().unit(request.lun());
        switch (request.function()) {
            case ABORT_TASK -> abortTask(request);
            case ABORT_TASK_SET -> onUnit(request, unit, this::abortTaskSet);
            case CLEAR_TASK_SET -> onUnit(request, unit, this::clearTaskSet);
            case LOGICAL_UNIT_RESET -> onUnit(request, unit, this::reset);
            case TARGET_WARM_RESET -> {
                resetAll();
                respond(request, TaskManagementOutcome.FUNCTION_COMPLETE);
            }
            case TARGET_COLD_RESET -> coldReset(request);
            case TASK_REASSIGN -> respond(request, TaskManagementOutcome.TASK_REASSIGNMENT_NOT_SUPPORTED);
            // Linux sends function 0 at times; like every unknown one, it is answered and does no harm.
            default -> respond(request, TaskManagementOutcome.FUNCTION_NOT_SUPPORTED);
        }
    }

    private interface UnitFunction {
        void apply(LogicalUnit unit);
    }

    private void onUnit(TaskManagementRequest request, @Nullable LogicalUnit unit, UnitFunction function)
            throws IOException {
        if (unit == null) {
            respond(request, TaskManagementOutcome.LUN_DOES_NOT_EXIST);
        } else {
            function.apply(unit);
            respond(request, TaskManagementOutcome.FUNCTION_COMPLETE);
        }
    }

    private void abortTask(TaskManagementRequest request) throws IOException {
        Task task = session.task(request.referencedTaskTag());
        boolean aborted = task != null && task.abort();
        // Where its answer is on its way, that goes out first: it has the writer's lock.
        respond(request, aborted ? TaskManagementOutcome.FUNCTION_COMPLETE : absentTask(request));
    }

    /**
     * Says what to answer for a task that is not there: it ended, or its command never came and is held for done
     * (RFC 7143 11.6.1).
     */
    private TaskManagementOutcome absentTask(TaskManagementRequest request) {
        boolean never = !SerialNumber.isBefore(request.refCmdSN(), window.expCmdSN())
                && SerialNumber.isBefore(request.refCmdSN(), request.cmdSN());
        return never ? TaskManagementOutcome.FUNCTION_COMPLETE : TaskManagementOutcome.TASK_DOES_NOT_EXIST;
    }

    private void abortTaskSet(LogicalUnit unit) {
        session.abortTasks(unit);
    }

    private void clearTaskSet(LogicalUnit unit) {
        for (Session other : target.sessions()) {
            if (other != session && other.hasTasks(unit)) {
                unit.commandsCleared(other.nexus());
            }
            other.abortTasks(unit);
        }
    }

    private void reset(LogicalUnit unit) {
        target.sessions().forEach(other -> other.abortTasks(unit));
        unit.reset();
    }

    private void resetAll() {
        target.scsi().units().forEach(this::reset);
    }

    /** Resets everything and ends all sessions, this one last (RFC 7143 11.5.1). */
    private void coldReset(TaskManagementRequest request) throws IOException {
        resetAll();
        target.sessions().stream().filter(other -> other != session).forEach(Session::kill);
        respond(request, TaskManagementOutcome.FUNCTION_COMPLETE);
        writer.flush();
        session.kill();
    }

    private void respond(TaskManagementRequest request, TaskManagementOutcome outcome) throws IOException {
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new TaskManagementResponse(outcome.code(), request.initiatorTaskTag(), numbers),
                new byte[0]);
    }
}
