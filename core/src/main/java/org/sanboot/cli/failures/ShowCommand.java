package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.time.ZoneId;
import java.util.List;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Manifest;
import org.sanboot.evidence.Units;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "show", description = "Show what is known of a failure.")
final class ShowCommand extends OneFailureAction {

    @Option(names = "--json", description = "Print JSON for programs, with the whole manifest.")
    private boolean json;

    @Override
    void perform(Failure failure) throws IOException {
        long bytes = store().allocatedBytes(List.of(failure)).getOrDefault(failure, 0L);
        if (json) {
            ObjectNode summary = FailureJson.summary(failure, bytes);
            var manifest = failure.directory().resolve("manifest.json");
            summary.set("manifest", Files.exists(manifest) ? JSON.readTree(manifest.toFile()) : null);
            print(summary);
        } else {
            show(failure, failure.manifest(), bytes);
        }
    }

    private static String failedTest(Failure failure, Manifest.FailedTest test) {
        return test.disk() == null
                ? test.displayName()
                : test.displayName() + ", its disk " + failure.directory().resolve(test.disk());
    }

    private void show(Failure failure, Manifest manifest, long bytes) {
        Table table = new Table("ll");
        table.row("test", manifest.test().displayName());
        table.row("kind", kind(failure, manifest.test().kind()));
        table.row(
                "kept at",
                manifest.keptAt()
                        .atZone(ZoneId.systemDefault())
                        .withNano(0)
                        .toOffsetDateTime()
                        .toString());
        if (manifest.image() != null) {
            table.row(
                    "image",
                    manifest.image().name() + " (sha256 " + manifest.image().sha256() + ")");
        }
        manifest.stages()
                .forEach(stage -> table.row("reached", stage.title() + " after " + Units.seconds(stage.elapsed())));
        manifest.failedTests().forEach(test -> table.row("failed test", failedTest(failure, test)));
        table.row("size", Units.bytes(bytes));
        table.row("directory", failure.directory().toString());
        table.row("report", failure.report().toString());
        manifest.files().forEach(file -> table.row("file", file.name() + ", " + Units.bytes(file.bytes())));
        manifest.remarks().forEach(remark -> table.row("remark", remark));
        // Paths are to be copied: here nothing is cut.
        table.print(out(), 0);
        out().println();
        ListCommand.said(manifest)
                .lines()
                .forEach(line -> out().println("  " + Table.oneLine("x" + line).substring(1)));
        out().println();
        failure.commands().forEach(out()::println);
    }
}
