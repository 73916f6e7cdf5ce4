package org.sanboot.iscsi.session;

import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.scsi.Execution;

/** What the thread that works for a task does next. */
sealed interface TaskStep {

    /** Tells whether whoever reads the medium may see what it does. */
    boolean changesMedium();

    /** Do what the command asks for. */
    record Perform(Execution execution) implements TaskStep {
        @Override
        public boolean changesMedium() {
            return execution instanceof Execution.Deferred deferred && deferred.changesMedium();
        }
    }

    /**
     * Give a piece of the data to the sink.
     *
     * @param piece to be closed
     * @param sink null when the data is of no use
     * @param length what the sink takes in all
     */
    record Take(TaskData.Piece piece, Execution.@Nullable Sink sink, long length) implements TaskStep {
        @Override
        public boolean changesMedium() {
            return sink != null && sink.touchesMedium();
        }
    }

    /** Tell the sink that all of the data came, and go on as it says. */
    record Finish(Execution.Sink sink) implements TaskStep {
        @Override
        public boolean changesMedium() {
            return sink.touchesMedium();
        }
    }
}
