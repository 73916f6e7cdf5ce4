package org.sanboot.iscsi.session;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.pdu.SerialNumber;
import org.sanboot.iscsi.pdu.TaskManagementOutcome;
import org.sanboot.iscsi.pdu.TaskManagementRequest;
import org.sanboot.iscsi.pdu.TaskManagementResponse;
import org.sanboot.iscsi.scsi.LogicalUnit;
import org.sanboot.iscsi.session.PduWriter.Status;
import org.sanboot.logging.Logging;
import org.slf4j.Logger;

/** Task management (RFC 7143 11.5, SAM-5 clause 7). An answer goes out only when the medium shows nothing more of the aborted tasks. */
final class TaskManager {

    private static final Logger LOG = Logging.logger(TaskManager.class);

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
            case TARGET_WARM_RESET -> respondAfter(request, resetAll());
            case TARGET_COLD_RESET -> coldReset(request);
            case TASK_REASSIGN -> respond(request, TaskManagementOutcome.TASK_REASSIGNMENT_NOT_SUPPORTED);
            // Linux sends function 0 at times; like every unknown one, it is answered and does no harm.
            default -> respond(request, TaskManagementOutcome.FUNCTION_NOT_SUPPORTED);
        }
    }

    private interface UnitFunction {
        CompletableFuture<Void> apply(LogicalUnit unit);
    }

    private void onUnit(TaskManagementRequest request, @Nullable LogicalUnit unit, UnitFunction function)
            throws IOException {
        if (unit == null) {
            respond(request, TaskManagementOutcome.LUN_DOES_NOT_EXIST);
        } else {
            respondAfter(request, function.apply(unit));
        }
    }

    private void abortTask(TaskManagementRequest request) throws IOException {
        Task task = session.task(request.referencedTaskTag());
        CompletableFuture<Void> quiet = task == null ? null : task.abort();
        if (quiet == null) {
            // Where its answer is on its way, that goes out first: it has the writer's lock.
            respond(request, absentTask(request));
        } else {
            respondAfter(request, quiet);
        }
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

    private CompletableFuture<Void> abortTaskSet(LogicalUnit unit) {
        return session.abortTasks(unit);
    }

    private CompletableFuture<Void> clearTaskSet(LogicalUnit unit) {
        return CompletableFuture.allOf(target.sessions().stream()
                .map(other -> {
                    if (other != session && other.hasTasks(unit)) {
                        unit.commandsCleared(other.nexus());
                    }
                    return other.abortTasks(unit);
                })
                .toArray(CompletableFuture<?>[]::new));
    }

    private CompletableFuture<Void> reset(LogicalUnit unit) {
        CompletableFuture<Void> quiet = CompletableFuture.allOf(
                target.sessions().stream().map(other -> other.abortTasks(unit)).toArray(CompletableFuture<?>[]::new));
        unit.reset();
        return quiet;
    }

    private CompletableFuture<Void> resetAll() {
        return CompletableFuture.allOf(
                target.scsi().units().stream().map(this::reset).toArray(CompletableFuture<?>[]::new));
    }

    /** Resets everything and ends all sessions, this one last (RFC 7143 11.5.1). */
    private void coldReset(TaskManagementRequest request) throws IOException {
        CompletableFuture<Void> quiet = resetAll();
        target.sessions().stream().filter(other -> other != session).forEach(Session::kill);
        var unused = quiet.thenRunAsync(
                () -> {
                    respondNow(request);
                    session.kill();
                },
                target.threads());
    }

    private void respondAfter(TaskManagementRequest request, CompletableFuture<Void> quiet) throws IOException {
        if (quiet.isDone()) {
            respond(request, TaskManagementOutcome.FUNCTION_COMPLETE);
            return;
        }
        var unused = quiet.thenRunAsync(() -> respondNow(request), target.threads());
    }

    private void respondNow(TaskManagementRequest request) {
        try {
            respond(request, TaskManagementOutcome.FUNCTION_COMPLETE);
            writer.flush();
        } catch (IOException e) {
            LOG.debug("An answer could not be sent", e);
        }
    }

    private void respond(TaskManagementRequest request, TaskManagementOutcome outcome) throws IOException {
        writer.write(
                Status.TAKES_NUMBER,
                numbers -> new TaskManagementResponse(outcome.code(), request.initiatorTaskTag(), numbers),
                new byte[0]);
    }
}
