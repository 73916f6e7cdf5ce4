package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.DiskInspection;
import org.sanboot.evidence.inspection.Entry;
import org.sanboot.evidence.inspection.Volume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "files",
        description = "List a directory of the guest, from the sealed disk (ext, NTFS, FAT; no root needed).")
final class FilesCommand extends OneFailureAction {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Parameters(
            index = "1",
            arity = "0..1",
            defaultValue = "/",
            paramLabel = "PATH",
            description = "Default: ${DEFAULT-VALUE}")
    private String path = "/";

    @Mixin
    private VolumeOption volume = new VolumeOption();

    @Option(
            names = {"-r", "--recursive"},
            description = "List everything below the root, whatever PATH is.")
    private boolean recursive;

    @Option(names = "--json", description = "Print JSON for programs.")
    private boolean json;

    @Override
    void perform(Failure failure) {
        try (var inspection = DiskInspection.open(
                DiskChain.of(failure.disk()).disk(), environment().scratch())) {
            Volume chosen = inspection.volume(volume.partition());
            List<Entry> entries = recursive ? chosen.walk() : chosen.list(path);
            if (json) {
                ArrayNode list = JSON.createArrayNode();
                entries.forEach(entry -> list.add(json(entry)));
                print(list);
            } else {
                print(table(entries));
            }
        }
    }

    private Table table(List<Entry> entries) {
        Table table = new Table("lrrrll");
        for (Entry entry : entries) {
            table.row(
                    entry.type() + entry.permissions(),
                    String.valueOf(entry.user()),
                    String.valueOf(entry.group()),
                    String.valueOf(entry.bytes()),
                    TIME.format(entry.modified()),
                    (recursive ? entry.path() : entry.name())
                            + (entry.target() == null ? "" : " -> " + entry.target()));
        }
        return table;
    }

    static ObjectNode json(Entry entry) {
        ObjectNode json = JSON.createObjectNode();
        json.put("path", entry.path());
        json.put("type", String.valueOf(entry.type()));
        json.put("permissions", entry.permissions());
        json.put("user", entry.user());
        json.put("group", entry.group());
        json.put("bytes", entry.bytes());
        json.put("modified", entry.modified().toString());
        json.put("target", entry.target());
        return json;
    }
}
