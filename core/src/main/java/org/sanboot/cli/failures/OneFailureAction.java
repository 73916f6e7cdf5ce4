package org.sanboot.cli.failures;

import org.sanboot.evidence.Failure;
import picocli.CommandLine.Parameters;

/** A subcommand about one failure, which nobody deletes meanwhile. */
abstract class OneFailureAction extends FailureAction {

    @Parameters(index = "0", paramLabel = "ID", description = "The failure's id, or a beginning of it that is unique.")
    private String id = "";

    /** Does the work. */
    abstract void perform(Failure failure) throws Exception;

    @Override
    final void perform() throws Exception {
        Failure failure = store().find(id);
        try (var use = store().use(failure)) {
            perform(failure);
        }
    }
}
