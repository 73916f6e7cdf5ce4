package org.sanboot.cli.failures;

import java.util.List;
import org.sanboot.evidence.Failure;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "delete", description = "Delete failures; pinned ones and those in use are refused.")
final class DeleteCommand extends FailureAction {

    @Parameters(arity = "1..*", paramLabel = "ID", description = "Their ids, or beginnings of them that are unique.")
    private List<String> ids = List.of();

    @Override
    void perform() {
        // All are looked up first: a mistyped one stops the command before it has done anything.
        for (Failure failure : ids.stream().map(store()::find).toList()) {
            store().delete(failure);
        }
    }
}
