package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Manifest;
import org.sanboot.evidence.Units;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "list", description = "List what is kept, the newest first.")
final class ListCommand extends FailureAction {

    @Option(names = "--json", description = "Print JSON for programs.")
    private boolean json;

    @Override
    void perform() {
        List<Failure> failures = store().list();
        Map<Failure, Long> bytes = store().allocatedBytes(failures);
        if (json) {
            ArrayNode list = JSON.createArrayNode();
            failures.forEach(failure -> list.add(FailureJson.summary(failure, bytes.getOrDefault(failure, 0L))));
            print(list);
        } else if (failures.isEmpty()) {
            out().println("No failure is kept in " + store().directory() + ".");
        } else {
            print(table(failures, bytes));
        }
    }

    private static Table table(List<Failure> failures, Map<Failure, Long> bytes) {
        Table table = new Table("llrrl");
        table.row("ID", "KIND", "SIZE", "AGE", "WHAT WAS SAID");
        for (Failure failure : failures) {
            Manifest manifest = failure.manifest();
            table.row(
                    failure.id(),
                    kind(failure, manifest.test().kind()),
                    Units.bytes(bytes.getOrDefault(failure, 0L)),
                    age(Duration.between(manifest.keptAt(), Instant.now())),
                    said(manifest));
        }
        return table;
    }

    static String said(Manifest manifest) {
        Manifest.Thrown thrown = manifest.exception();
        return thrown == null ? "" : thrown.message() == null ? thrown.type() : thrown.message();
    }

    static String age(Duration age) {
        if (age.toMinutes() < 60) {
            return Math.max(0, age.toMinutes()) + " min";
        }
        return age.toHours() < 48 ? age.toHours() + " h" : age.toDays() + " d";
    }
}
