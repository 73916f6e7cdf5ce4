package org.sanboot.cli.failures;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sanboot.evidence.Failure;
import org.sanboot.evidence.Manifest;
import org.sanboot.evidence.Units;
import org.sanboot.evidence.inspection.Change;
import org.sanboot.evidence.inspection.DiskChain;
import org.sanboot.evidence.inspection.DiskChain.ChangedRun;
import org.sanboot.evidence.inspection.DiskInspection;
import org.sanboot.evidence.inspection.Entry;
import org.sanboot.evidence.inspection.Volume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "diff",
        description =
                "Show what the guest changed against the golden image: files, or blocks where the file system is unknown.")
final class DiffCommand extends OneFailureAction {

    @Mixin
    private VolumeOption volume = new VolumeOption();

    @Option(names = "--blocks", description = "Show changed blocks, whatever the file system is.")
    private boolean blocks;

    @Option(names = "--json", description = "Print JSON for programs.")
    private boolean json;

    /** What changed in one volume: files, or else blocks. */
    private record Difference(Volume volume, List<Change> files, List<ChangedRun> blocks) {}

    @Override
    void perform(Failure failure) {
        DiskChain chain = DiskChain.of(failure.disk());
        Manifest.Image image = failure.manifest().image();
        DiskChain.Layer golden = chain.golden(Path.of(image == null ? "" : image.path()));
        List<ChangedRun> runs = chain.changedRuns(golden);
        List<Difference> differences = new ArrayList<>();
        Path scratch = environment().scratch();
        try (var now = DiskInspection.open(chain.disk(), scratch);
                var before = DiskInspection.open(golden, scratch)) {
            for (Volume after :
                    volume.partition().isPresent() ? List.of(now.volume(volume.partition())) : now.volumes()) {
                differences.add(difference(before, after, runs));
            }
        }
        if (json) {
            print(json(differences));
        } else {
            differences.forEach(this::print);
        }
    }

    private Difference difference(DiskInspection before, Volume after, List<ChangedRun> runs) {
        List<ChangedRun> inside = inside(after, runs);
        Optional<Volume> same = before.volumes().stream()
                .filter(volume -> volume.number() == after.number()
                        && volume.offset() == after.offset()
                        && volume.fileSystem().equals(after.fileSystem())
                        && !after.fileSystem().isEmpty())
                .findFirst();
        if (blocks || same.isEmpty() || inside.isEmpty()) {
            return new Difference(after, List.of(), inside);
        }
        return new Difference(after, Change.between(same.get(), after), List.of());
    }

    private static List<ChangedRun> inside(Volume volume, List<ChangedRun> runs) {
        List<ChangedRun> inside = new ArrayList<>();
        for (ChangedRun run : runs) {
            long from = Math.max(run.offset(), volume.offset());
            long to = Math.min(run.offset() + run.bytes(), volume.offset() + volume.bytes());
            if (from < to) {
                inside.add(new ChangedRun(from - volume.offset(), to - from));
            }
        }
        return inside;
    }

    private void print(Difference difference) {
        long changed = difference.blocks().stream().mapToLong(ChangedRun::bytes).sum();
        Table table = new Table("lrl");
        for (Change change : difference.files()) {
            table.row(letter(change), size(change), change.entry().path());
        }
        for (ChangedRun run : difference.blocks()) {
            table.row("M", Units.bytes(run.bytes()), "at byte " + run.offset());
        }
        String what = !difference.files().isEmpty()
                ? difference.files().size() + " changed"
                : changed > 0 ? Units.bytes(changed) + " changed" : "unchanged";
        out().println(difference.volume() + ": " + what);
        print(table);
    }

    private static String letter(Change change) {
        return switch (change.kind()) {
            case ADDED -> "A";
            case MODIFIED -> "M";
            case DELETED -> "D";
        };
    }

    private static String size(Change change) {
        Entry before = change.before();
        Entry after = change.after();
        if (before == null || after == null || before.bytes() == after.bytes()) {
            return Units.bytes(change.entry().bytes());
        }
        return Units.bytes(before.bytes()) + " > " + Units.bytes(after.bytes());
    }

    private static ArrayNode json(List<Difference> differences) {
        ArrayNode list = JSON.createArrayNode();
        for (Difference difference : differences) {
            ObjectNode json = list.addObject();
            json.put("partition", difference.volume().number());
            json.put("fileSystem", difference.volume().fileSystem());
            ArrayNode files = json.putArray("files");
            for (Change change : difference.files()) {
                files.add(FilesCommand.json(change.entry())
                        .put("change", change.kind().name()));
            }
            ArrayNode blocks = json.putArray("blocks");
            difference
                    .blocks()
                    .forEach(run ->
                            blocks.addObject().put("offset", run.offset()).put("bytes", run.bytes()));
        }
        return list;
    }
}
